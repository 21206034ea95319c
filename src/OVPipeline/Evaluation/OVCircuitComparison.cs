using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// Two circuits on the same tokens: each by itself, and the second less the first, token by token. Intervals are percentiles over
/// resampled groups of tokens (<see cref="BlockBootstrap"/>), so that variants of one token count as one.
/// </summary>
public sealed class OVCircuitComparison
{
    internal OVCircuitComparison(OVCircuitMetrics first, OVCircuitMetrics second, IReadOnlyList<McNemar> topK, int groups)
    {
        First = first;
        Second = second;
        McNemarForAllK = topK;
        GroupCount = groups;
    }

    /// <summary>The first circuit, on the tokens that both rank a label of.</summary>
    public OVCircuitMetrics First { get; }

    /// <summary>The second, on the same.</summary>
    public OVCircuitMetrics Second { get; }

    /// <summary>Tokens that were compared.</summary>
    public long TokenCount => First.TokenCount;

    /// <summary>Groups of tokens that intervals vary over.</summary>
    public int GroupCount { get; }

    /// <summary>
    /// For each k from 1, at k - 1: McNemar's test of the accuracies, by the tokens that only one of the two has among its k highest. It
    /// takes tokens as independent; the intervals do not.
    /// </summary>
    public IReadOnlyList<McNemar> McNemarForAllK { get; }

    /// <summary>The second's top-1 accuracy less the first's, with its interval.</summary>
    public ConfidenceInterval Top1Difference { get; internal init; }

    /// <summary>The second's mean reciprocal rank less the first's.</summary>
    public ConfidenceInterval MeanReciprocalRankDifference { get; internal init; }

    /// <summary>The second's mean log-loss less the first's, in nats, not clamped: below 0 where the second is better.</summary>
    public ConfidenceInterval CrossEntropyDifference { get; internal init; }

    /// <summary>The differences in a line.</summary>
    public override string ToString()
    {
        var (accuracy, loss) = (Top1Difference, CrossEntropyDifference);
        return string.Create(CultureInfo.InvariantCulture, $"{TokenCount} tokens in {GroupCount} groups: top-1 {First.Top1Accuracy:P2} and "
            + $"{Second.Top1Accuracy:P2}, difference {accuracy.Low:P2} to {accuracy.High:P2}; log-loss {First.CrossEntropy:F4} and "
            + $"{Second.CrossEntropy:F4} nats, difference {loss.Low:F4} to {loss.High:F4}");
    }
}
