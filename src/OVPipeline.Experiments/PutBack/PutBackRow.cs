using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>An arm of "put it back" with its intervals: a row of the table.</summary>
/// <param name="Place">What it takes the place of, in words.</param>
/// <param name="Heads">How many heads that is.</param>
/// <param name="Arm">What is put there.</param>
/// <param name="Rank">Its rank; null for nothing.</param>
/// <param name="Factor">The fitted factor; null for nothing.</param>
/// <param name="Loss">Mean loss on validation text, in nats.</param>
/// <param name="Gain">By how much that is below mean ablation's, in nats; null for mean ablation.</param>
/// <param name="Share">
/// The gain as a share of the original's, NaN where that cannot be told from zero; null for the original and for mean ablation.
/// </param>
public sealed record PutBackRow(
    string Place, int Heads, string Arm, int? Rank, double? Factor, double Loss, ConfidenceInterval? Gain, ConfidenceInterval? Share)
{
    /// <summary>The cells; what is no share, outside [0, 1], is left out.</summary>
    internal ReportValue[] Cells()
    {
        var share = Share is { } one && FrontierChecks.InUnit(one.Estimate) ? Share : null;
        return
        [
            Place, Arm, Rank, Factor, Loss, Gain?.Estimate, Gain?.Low, Gain?.High,
            share?.Estimate, InUnit(share?.Low), InUnit(share?.High),
        ];
    }

    /// <summary>A number that can be shown as a share, or null.</summary>
    internal static double? InUnit(double? share) => share is { } one && FrontierChecks.InUnit(one) ? one : null;
}
