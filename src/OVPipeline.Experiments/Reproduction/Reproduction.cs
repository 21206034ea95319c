using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Experiments;

/// <summary>Experiment 1: what the model's heads and a trained pair of their rank copy.</summary>
public sealed class Reproduction : Experiment<ReproductionOptions, ReproductionResult>
{
    internal static ExperimentInfo Description { get; } = new("reproduction", "1. Reproduction",
        "How well do the model's heads copy, alone and summed, and how well does one trained pair of a head's rank? "
        + "A circuit copies token i where the i-th entry of its i-th row of logits is the highest.");

    /// <summary>The experiment.</summary>
    /// <param name="options">How copiers are fitted; null for as long as it takes.</param>
    public Reproduction(ReproductionOptions? options = null)
        : base(options ?? new())
    {
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 5;

    /// <inheritdoc/>
    protected override string? Inputs(Laboratory laboratory) =>
        TorchLibrary.WhyUnavailable() is null ? null : "without a forward pass";

    /// <inheritdoc/>
    protected override ReproductionResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var heads = run.Heads;
        var found = run.Found;
        List<Subject> subjects = [.. OfModel(run, heads[0])];
        int[] ranks = [.. new[] { run.HeadRank, run.Config.CapacityMatchedRank() }.Distinct()];

        // Every circuit is measured as it is and without its mean row; every trained one is fitted before.
        var steps = run.Steps((2 * subjects.Count) + (3 * ranks.Length));
        foreach (int rank in ranks)
        {
            TokenCircuit Fit() => run.Copying.Fit(Options.Fit(rank), cancellationToken: run.CancellationToken);
            subjects.Add(new(CircuitKind.Trained, $"trained copier, rank {rank}", steps.Next($"fitting rank {rank}", Fit)));
        }
        var mean = run.Laboratory.MeanEmbedding;
        return new()
        {
            Model = run.Config,
            HeadRank = run.HeadRank,
            Found = found,
            Heads = heads,
            Circuits = [.. subjects.Select(subject => Measured(run, steps, subject, mean?.Residual))],
            MeanEmbedding = mean is null ? null : new(mean.Layer, mean.Source),
            NoMeanEmbedding = run.Laboratory.NoMeanEmbedding,
        };
    }

    private static ReproducedCircuit Measured(ExperimentRun run, StepCounter steps, Subject subject, Matrix? mean)
    {
        var (kind, name, circuit) = subject;
        CopyingRow Row(TokenCircuit one) =>
            steps.Next(name, () => run.Copying.Circuit(kind, name, one, cancellationToken: run.CancellationToken));

        // Where norms stand, mean embeddings are what attention reads: the direct path reads none.
        bool reads = run.Config.Normalization is null || kind != CircuitKind.Direct;
        var weights = run.Model.Weights;
        return new(
            Row(circuit),
            Row(circuit.WithoutMeanRow()),
            mean is not null && reads ? Row(circuit.Reading(mean)) : null,
            kind == CircuitKind.Trained || KnownFactors.CouldBe(weights, circuit.Heads));
    }

    private static IEnumerable<Subject> OfModel(ExperimentRun run, CopyingRow best)
    {
        var weights = run.Model.Weights;
        yield return new(CircuitKind.Head, $"best head, {best.Name}", TokenCircuit.OfHeads(weights, best.Heads));
        if (run.BestPair is { } pair)
        {
            var circuit = TokenCircuit.OfHeads(weights, pair.Heads);
            yield return new(CircuitKind.Pair, $"best pair, {pair.Name}", circuit);
            yield return new(CircuitKind.Truncated, $"best pair, truncated to {run.HeadRank}", circuit.Truncate(run.HeadRank));
        }
        for (int layer = 0; layer < run.Config.Layers; layer++)
        {
            HeadIndex[] all = [.. run.Config.HeadsOf(layer)];
            yield return new(CircuitKind.Layer, $"all of layer {layer}", TokenCircuit.OfHeads(weights, all));
        }
        yield return new(CircuitKind.Direct, "direct path", TokenCircuit.Direct(weights));
    }

    private sealed record Subject(CircuitKind Kind, string Name, TokenCircuit Circuit);
}
