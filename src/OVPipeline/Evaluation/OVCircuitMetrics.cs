using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>How well a circuit maps tokens to their labels, over all rows that have one. Shares lie in [0, 1].</summary>
public sealed class OVCircuitMetrics
{
    // ML.NET's multiclass log-loss clamps probabilities to this.
    private const double SmallestProbability = 1e-15;

    internal OVCircuitMetrics(IEnumerable<LabelScore> rows, int vocabulary, int topK)
    {
        long[] atRank = new long[topK + 1]; // at r - 1 the rows of rank r, at topK all below
        double reciprocal = 0, crossEntropy = 0, logLoss = 0;
        foreach (var (rank, loss) in rows)
        {
            TokenCount++;
            atRank[Math.Min(rank - 1, topK)]++;
            reciprocal += 1.0 / rank;
            crossEntropy += loss;
            logLoss += Math.Min(loss, -Math.Log(SmallestProbability));
        }
        if (TokenCount == 0)
            throw NoRows();
        MeanReciprocalRank = reciprocal / TokenCount;
        CrossEntropy = crossEntropy / TokenCount;
        LogLoss = logLoss / TokenCount;
        long within = 0;
        TopKAccuracyForAllK = [.. atRank.Take(topK).Select(count => (double)(within += count) / TokenCount)];
        SignalSeparation = vocabulary > 1 ? Core.SignalSeparation.FromAccuracy(Top1Accuracy, vocabulary) : null;
    }

    internal static InvalidOperationException NoRows() => new("No row has a label: there is nothing to evaluate.");

    /// <summary>Rows that were evaluated.</summary>
    public long TokenCount { get; }

    /// <summary>Share of rows whose label ranks first: copying accuracy, where labels are the tokens themselves.</summary>
    public double Top1Accuracy => TopKAccuracyForAllK[0];

    /// <summary>For each k from 1: the share of rows whose label is among the k highest logits; at k - 1.</summary>
    public IReadOnlyList<double> TopKAccuracyForAllK { get; }

    /// <summary>Mean of 1 / rank of the label.</summary>
    public double MeanReciprocalRank { get; }

    /// <summary>Mean -log probability of the label in nats, at the logits' natural scale.</summary>
    public double CrossEntropy { get; }

    /// <summary>The same with probabilities clamped to 1e-15 from below, as ML.NET's multiclass metrics have it.</summary>
    public double LogLoss { get; }

    /// <summary>
    /// The separation d' that gives the top-1 accuracy (<see cref="Core.SignalSeparation"/>); null at 0, at 1, and for one output.
    /// </summary>
    public double? SignalSeparation { get; }

    /// <summary>The figures in a line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TokenCount} tokens: top-1 {Top1Accuracy:P2}, "
        + $"top-{TopKAccuracyForAllK.Count} {TopKAccuracyForAllK[^1]:P2}, MRR {MeanReciprocalRank:F4}, log-loss {CrossEntropy:F4} nats");
}
