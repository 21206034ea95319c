namespace OVPipeline.Experiments;

/// <summary>Experiment 3: a control for each objection to the trained copier, and copiers on tokens that they never saw.</summary>
public sealed class FairnessControls : Experiment<FairnessControlsOptions, FairnessControlsResult>
{
    internal static ExperimentInfo Description { get; } = new("fairness", "3. Fairness controls",
        "Was the comparison fair? The trained pair had a loss made for copying, no weight decay, no bound on its norm, all tokens alike "
        + "and a start of its own; and it may remember rather than copy.");

    /// <summary>The experiment.</summary>
    /// <param name="options">How much is measured; null for all of it.</param>
    /// <exception cref="ArgumentException">There are no repeats or splits, or a weight decay is not above 0.</exception>
    public FairnessControls(FairnessControlsOptions? options = null)
        : base((options ?? new()).Required())
    {
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 3;

    /// <inheritdoc/>
    protected override FairnessControlsResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var head = run.Heads[0];
        var own = run.Model.Weights.OVCircuit(head.Heads[0]);
        var arms = new FairnessArms(run, Options, head, own);
        string? notHeldOut = HeldOutFits.NotPossible(run.Model.Vocabulary);
        int splits = notHeldOut is null ? Options.Splits : 0;
        var steps = run.Steps(arms.Steps + splits);
        FairnessArm[] measured = [.. arms.Measure(steps)];
        var heldOut = new HeldOutFits(run, Options, head, own);
        HeldOutSplit Split(int split) => steps.Next("held-out tokens", () => run.Part($"held-out-{split}", () => heldOut.Run(split)));
        return new()
        {
            Model = run.Config,
            HeadRank = run.HeadRank,
            AtModelScale = run.Model.Weights.LogitsAtModelScale,
            Found = run.Found,
            Head = head,
            HeadNorm = own.FrobeniusNorm(),
            HeadWidth = own.Rank,
            HeadComparable = KnownFactors.CouldBe(run.Model.Weights, head.Heads),
            Arms = measured,
            Frequencies = run.Laboratory.Counts?.Source,
            NoFrequencies = run.Laboratory.Counts is null ? run.Laboratory.NoCounts : "",
            Splits = [.. Enumerable.Range(0, splits).Select(Split)],
            NotHeldOut = notHeldOut,
        };
    }
}
