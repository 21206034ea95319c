using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Experiment 5: whether two heads share one job or have two.</summary>
public sealed class HeadRoles : Experiment<HeadRolesOptions, HeadRolesResult>
{
    internal static ExperimentInfo Description { get; } = new("roles", "5. Head roles",
        "Do two heads copy the same tokens, read and write the same directions, and help in the same contexts? Two heads with one job "
        + "would; heads with different jobs would not.");

    /// <summary>The experiment.</summary>
    /// <param name="options">How many heads are compared; null for the default.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two heads are to be compared.</exception>
    public HeadRoles(HeadRolesOptions? options = null)
        : base(options ?? new())
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Options.MostHeads, 2, nameof(options));
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 5;

    /// <inheritdoc/>
    public override string? Unavailable(Laboratory laboratory)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        return laboratory.Forward.NoTwoHeads ?? (laboratory.Forward.NoCopying is null ? null : laboratory.Forward.Unavailable);
    }

    /// <inheritdoc/>
    protected override HeadRolesResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var gate = run.Gate;
        var forward = run.Laboratory.Forward;
        HeadIndex[] heads = Compared(gate);
        (HeadIndex A, HeadIndex B)[] pairs = [.. heads.SelectMany((a, i) => heads.Skip(i + 1).Select(b => InOrder(a, b, gate)))];
        bool copies = forward.NoCopying is null, runs = copies && forward.Unavailable is null;
        var steps = run.Steps(heads.Length + pairs.Length + (runs ? 1 : 0));
        var weights = run.Model.Weights;
        long[] counts = copies ? [.. run.Laboratory.Counts?.ById ?? Enumerable.Repeat(0L, run.Config.Vocabulary)] : [];

        bool[] Copied(params HeadIndex[] sum) => steps.Next($"tokens that {string.Join(" + ", sum)} copies",
            () => copies ? CopiedSets.CopiedBy(TokenCircuit.OfHeads(weights, sum), run.CancellationToken) : []);
        var alone = heads.ToDictionary(head => head, head => Copied(head));
        HeadPairRoles Compare((HeadIndex A, HeadIndex B) pair) => new(
            CopiedSets.Of(pair.A, pair.B, alone[pair.A], alone[pair.B], Copied(pair.A, pair.B), counts),
            PrincipalAngles.Cosines(weights.W_V(pair.A), weights.W_V(pair.B)),
            PrincipalAngles.Cosines(weights.W_O(pair.A).Transpose(), weights.W_O(pair.B).Transpose()));
        HeadPairRoles[] compared = [.. pairs.Select(Compare)];

        return new()
        {
            Model = run.Config,
            Gate = gate,
            Heads = heads,
            Pairs = compared,
            Figures = runs ? steps.Next("contexts", () => run.Part("contexts", Contexts)) : null,
            NoFigures = forward.NoCopying ?? forward.Unavailable,
            IsRunAgain = runs && !forward.IsLinear(gate.A.Layer),
            TrainingTokens = runs || !copies ? forward.Text.Training.Count : (int)(run.Laboratory.Counts?.Total ?? 0),
            TrainingSource = run.Laboratory.Counts is null ? run.Laboratory.NoCounts : Source(),
        };

        RoleFigures Contexts() =>
            RoleFigures.Measure(forward.Pair(gate.A, gate.B), new(run.Model.Vocabulary, forward.Text.Separator));

        string Source() => runs || !copies ? forward.Text.TrainingSource : run.Laboratory.Counts!.Source;
    }

    // A and B, then the others, best copier first.
    private HeadIndex[] Compared(Gate gate)
    {
        bool IsChosen(GateRow row) => row.Head == gate.A || row.Head == gate.B;
        var ordered = gate.Heads.OrderByDescending(IsChosen).ThenByDescending(row => row.Top1);
        return [.. ordered.Take(Options.MostHeads).Select(row => row.Head)];
    }

    // By their place in the layer; A, where it copies more than B, stands before B.
    private static (HeadIndex A, HeadIndex B) InOrder(HeadIndex a, HeadIndex b, Gate gate) =>
        a.Head <= b.Head || (a == gate.A && b == gate.B) ? (a, b) : (b, a);
}
