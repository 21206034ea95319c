using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Experiment 6: when each head came to copy over training, and whether rank bound it then.</summary>
public sealed class Dynamics : Experiment<DynamicsOptions, DynamicsResult>
{
    // With two, a head that had not started at the first started before the second and after the first: nothing comes before anything.
    private const int FewestCheckpoints = 3;

    internal static ExperimentInfo Description { get; } = new("dynamics", "6. Dynamics",
        "Did both heads start to copy before either was done, while the first could still have gone on alone? Then training split the job "
        + "for another reason than that one head was full.");

    /// <summary>The experiment.</summary>
    /// <param name="options">Where the checkpoints are, without which it cannot be run, and how much is fitted.</param>
    public Dynamics(DynamicsOptions? options = null)
        : base(options ?? new())
    {
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 4;

    /// <inheritdoc/>
    public override string? Unavailable(Laboratory laboratory)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        if (laboratory.Forward.NoCopying is { } noCopying)
            return noCopying;
        if (laboratory.Model.Weights.HasOtherEmbedding)
            return "its checkpoints are read through their own W_E, and the model is not (--embedding)";
        return laboratory.Forward.NoTwoHeads ?? laboratory.Forward.NoScales ?? NoCheckpoints(laboratory.Model.Weights);
    }

    /// <inheritdoc/>
    protected override string? Inputs(Laboratory laboratory)
    {
        var checkpoints = Series(laboratory.Model.Weights).Checkpoints;
        string how = Options.Loading is { } loading ? $", loaded with {loading with { Tokenizer = null, Revision = null }}" : "";
        return "checkpoints " + string.Join(", ", checkpoints.Select(one => $"{one.Position} of {ModelSeries.DigestOf(one)}")) + how;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">Fits at fewer than one checkpoint are asked for.</exception>
    /// <exception cref="Checkpoints.CheckpointException">A checkpoint cannot be read, or is of another shape than the model.</exception>
    protected override DynamicsResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.FrontierFits, 1);
        var gate = run.Gate;
        var found = Series(run.Model.Weights);
        var series = found.Checkpoints;
        int every = (series.Count + Options.FrontierFits - 1) / Options.FrontierFits;
        var steps = run.Steps(series.Count + 2 * series.Count / every);
        TransformerWeights Weights(SeriesCheckpoint one) => ModelSeries.Load(found, one, run.Config);
        CheckpointFigures Figures(SeriesCheckpoint one) => steps.Next(
            Path.GetFileName(one.Name), () => run.Part($"at-{one.Position}", () => FiguresAt(run, gate, one.Position, Weights(one))));
        CheckpointFrontier Frontier(SeriesCheckpoint one) => steps.Next(
            $"frontier at {Milestone.Millions(one.Position)}",
            () => run.Part($"frontier-{one.Position}", () => FrontierAt(run, gate, one.Position, Weights(one))));

        var result = new DynamicsResult
        {
            Model = run.Config,
            Gate = gate,
            NormsHeld = run.Model.Weights.NormScales is not null,
            Unit = found.Unit,
            Checkpoints = [.. series.Select(Figures)],
        };
        // Slack matters at the first checkpoint where both have started.
        int? both = result.BothStarted;
        var fitted = Enumerable.Range(0, series.Count).Where(i => i % every == 0 || i == both || i == series.Count - 1);
        return result with { Frontiers = [.. fitted.Select(i => Frontier(series[i]))] };
    }

    private CheckpointSeries Series(TransformerWeights model) => ModelSeries.Open(Options, model);

    private string? NoCheckpoints(TransformerWeights model)
    {
        if (Options.Checkpoints is not { } source)
            return "no checkpoints of its training were given (--checkpoints)";
        int count;
        try
        {
            count = Series(model).Checkpoints.Count;
        }
        catch (CheckpointException e)
        {
            return $"checkpoints of its training cannot be had: {e.Message}";
        }
        if (count == 0)
            return $"there are no checkpoints of its training in {source} (tokens-005M.safetensors, step1000 and the like)";
        return count < FewestCheckpoints
            ? $"of its training there are {count} checkpoints in {source}; at least {FewestCheckpoints} are needed"
            : null;
    }

    private static CheckpointFigures FiguresAt(ExperimentRun run, Gate gate, long position, TransformerWeights weights)
    {
        HeadIndex[] layer = [.. run.Config.HeadsOf(gate.A.Layer)];
        return new(position, [.. layer.Select(head => Top1(head))], Top1(gate.A, gate.B), Top1(layer))
        {
            Induction = gate.NoInduction is null
                ?
                [
                    .. run.Laboratory.Forward.Induction(weights).Where(one => one.Head.Layer == gate.A.Layer)
                        .OrderBy(one => one.Head.Head).Select(one => one.Score),
                ]
                : null,
        };

        double Top1(params HeadIndex[] heads)
        {
            bool[] copied = CopiedSets.CopiedBy(TokenCircuit.OfHeads(weights, heads), run.CancellationToken);
            return copied.Count(token => token) / (double)run.Config.Vocabulary;
        }
    }

    private CheckpointFrontier FrontierAt(ExperimentRun run, Gate gate, long position, TransformerWeights weights) =>
        new(position, FitOf(run, weights, gate.A), FitOf(run, weights, gate.B));

    // The head itself is a circuit of its rank and norm: a fit that is worse did not converge.
    private CheckpointFit FitOf(ExperimentRun run, TransformerWeights weights, HeadIndex head)
    {
        var (config, cancellationToken) = (run.Config, run.CancellationToken);
        var own = weights.OVCircuit(head);
        double norm = own.FrobeniusNorm();
        var options = Options.Fit(Math.Min(own.Rank, config.DModel)) with
        {
            MaxNorm = norm,
            KnownFactors = KnownFactors.Of(own, config.DModel),
        };
        var examples = FitExamples.Copying(config.Vocabulary);
        var fit = LowRankFitter.Fit(weights.W_E, weights.W_U, examples, options, cancellationToken: cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var point = new FrontierPoint("the fit", options.Rank, norm, fit.LogLoss) { MostNorm = norm };
        bool couldBe = KnownFactors.CouldBe(weights, [head]);
        FrontierPoint[] known = couldBe ? [new($"head {head}", own.Rank, norm, LogLossOf(TokenCircuit.OfHeads(weights, head)))] : [];
        return new(fit.Accuracy, FrontierChecks.Check(point, known, config.Vocabulary)?.Reason);

        double LogLossOf(TokenCircuit circuit)
        {
            var scored = CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelLogLoss = true }, cancellationToken: cancellationToken);
            return scored.LabelLogLosses.Average();
        }
    }
}
