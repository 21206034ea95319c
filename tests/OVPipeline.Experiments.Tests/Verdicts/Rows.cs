using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Experiments.Tests.Verdicts;

/// <summary>Figures to make sentences of.</summary>
internal static class Rows
{
    /// <summary>A model whose best pair copies, and a copier that copies more.</summary>
    public static ReproductionFigures CopyingFound { get; } = new()
    {
        Tokens = 1000,
        Copier = new("trained copier, rank 16", 16, 0.76),
        Head = new("1.1", 16, 0.26),
        HeadCopies = true,
        Pair = new("best pair, 1.1 + 1.7", 32, 0.51),
        PairCopies = true,
        Truncated = 0.28,
        HeadWithoutMeanRow = 0.3,
        Circuits = "circuits",
        Hubs = "hubs",
    };

    public static CopyingRow Row(double top1, double? separation, double loss) => new()
    {
        Name = "a circuit",
        Kind = CircuitKind.Head,
        Rank = 4,
        Tokens = 2981,
        Top1 = top1,
        Top5 = top1,
        Mrr = top1,
        DPrime = separation,
        LogLoss = loss,
        LogLossCalibrated = loss,
        CopyingScore = 1,
    };

    /// <summary>Two heads of which the gate thinks well, or not.</summary>
    public static Gate Gate(bool informative = true) =>
        new(new(1, 4), new(1, 7), [new(new(1, 4), informative ? 0.6 : 0.1, 0.3), new(new(1, 7), 0.5, 0.2)]);

    public static ConfidenceInterval Interval(double estimate, double low = double.NaN, double high = double.NaN) =>
        new(estimate, low, high, 0.95);
}
