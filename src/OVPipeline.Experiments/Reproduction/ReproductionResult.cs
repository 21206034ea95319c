using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What the heads of a model copy, alone and summed, and what trained pairs of their rank do.</summary>
public sealed record ReproductionResult : ExperimentResult
{
    /// <summary>Sizes of the model.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>The rank of one head.</summary>
    public required int HeadRank { get; init; }

    /// <summary>Which heads copy, and which two of a layer together.</summary>
    public required CopyingHeads Found { get; init; }

    /// <summary>Every head alone, best copier first.</summary>
    public required IReadOnlyList<CopyingRow> Heads { get; init; }

    /// <summary>
    /// Sums of heads and trained copiers: the best head, the best pair and its truncation to <see cref="HeadRank"/> where a layer has two
    /// heads, all of each layer, the direct path, copiers of the head's rank and of the capacity-matched one.
    /// </summary>
    public required IReadOnlyList<ReproducedCircuit> Circuits { get; init; }

    /// <summary>What took the place of embeddings; null where nothing did.</summary>
    public MeanReading? MeanEmbedding { get; init; }

    /// <summary>Why there are no mean embeddings; empty where there are.</summary>
    public string NoMeanEmbedding { get; init; } = "";

    /// <summary>The best head.</summary>
    [JsonIgnore]
    public ReproducedCircuit Head => Circuits.First(circuit => circuit.Row.Kind == CircuitKind.Head);

    /// <summary>The best pair of a layer; null where no layer has two heads.</summary>
    [JsonIgnore]
    public ReproducedCircuit? Pair => Circuits.FirstOrDefault(circuit => circuit.Row.Kind == CircuitKind.Pair);

    /// <summary>The best pair truncated to the rank of one head; null where there is no pair.</summary>
    [JsonIgnore]
    public ReproducedCircuit? TruncatedPair => Circuits.FirstOrDefault(circuit => circuit.Row.Kind == CircuitKind.Truncated);

    /// <summary>The trained copier of one head's rank.</summary>
    [JsonIgnore]
    public ReproducedCircuit Copier =>
        Circuits.First(circuit => circuit.Row.Kind == CircuitKind.Trained && circuit.Row.Rank == HeadRank);

    /// <summary>Why <see cref="Copier"/> cannot be what it is meant to be, the best circuit of its rank; null where it can.</summary>
    [JsonIgnore]
    public FailedCheck? CopierFailed
    {
        get
        {
            var copier = Copier;
            var others = Circuits.Where(circuit => circuit.Comparable && circuit != copier).Select(circuit => Point(circuit.Row));
            return FrontierChecks.Check(Point(copier.Row), others, Model.Vocabulary);

            // The copier is free in norm, so that of the others does not matter.
            static FrontierPoint Point(CopyingRow row) => new(row.Name, row.Rank, 0, row.LogLoss);
        }
    }

    /// <inheritdoc/>
    public override ReportSection ToSection() => ReproductionReport.Of(this);
}

/// <summary>Mean embeddings in words.</summary>
/// <param name="Layer">The layer that reads them.</param>
/// <param name="Source">What text they are means over.</param>
public sealed record MeanReading(int Layer, string Source);
