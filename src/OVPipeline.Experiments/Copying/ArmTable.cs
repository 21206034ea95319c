using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Arms of an experiment as a table: each a circuit, or several repeats of one with the interval of their mean.</summary>
internal static class ArmTable
{
    /// <summary>The columns after any of one's own.</summary>
    public static ReportColumn[] Columns { get; } =
    [
        ReportColumn.Count("rank"), ReportColumn.Count("repeats"), ReportColumn.Share("top1"), ReportColumn.Share("from", key: "top1_from"),
        ReportColumn.Share("to", key: "top1_to"), ReportColumn.Share("top5"), ReportColumn.Number("MRR"), ReportColumn.Number("d'", 2),
        ReportColumn.Number("d'²", 1), ReportColumn.Number("log loss", 3, "nats"), ReportColumn.Number("calibrated log loss", 3, "nats"),
        ReportColumn.Number("norm |A B|", 1, key: "norm"),
        ReportColumn.Number("short of stationary", 4, "nats", key: "stationarity"),
    ];

    /// <summary>What the last column says.</summary>
    public static string StationarityNote { get; } = string.Create(CultureInfo.InvariantCulture,
        $"Short of stationary: how steeply the objective of a fit within bounds could still fall, in nats for a move as long as the pair; "
        + $"fits end at {new LowRankFitOptions { Rank = 1 }.StationarityTolerance} or below unless their steps end first.");

    /// <summary>The cells of an arm, for <see cref="Columns"/>: means over its repeats.</summary>
    public static ReportValue[] Of(IReadOnlyList<CircuitResult> repeats)
    {
        double? Mean(Func<CircuitResult, double?> value) => repeats.Select(value).Average();
        var interval = Interval(repeats);
        double? separation = Mean(one => one.Row.DPrime);
        return
        [
            repeats[0].Row.Rank, repeats.Count, Top1(repeats), interval?.Low, interval?.High,
            Mean(one => one.Row.Top5), Mean(one => one.Row.Mrr), separation, Mean(one => one.Row.DPrime * one.Row.DPrime),
            Mean(one => one.Row.LogLoss), Mean(one => one.Row.LogLossCalibrated), Mean(one => one.Norm), Mean(one => one.Stationarity),
        ];
    }

    /// <summary>Mean top-1 share.</summary>
    public static double Top1(IReadOnlyList<CircuitResult> repeats) => repeats.Average(one => one.Row.Top1);

    /// <summary>The 95 % interval of the mean top-1 share; null for a single circuit.</summary>
    public static ConfidenceInterval? Interval(IReadOnlyList<CircuitResult> repeats)
    {
        if (repeats.Count < 2)
            return null;
        var interval = MeanInterval.Of([.. repeats.Select(one => one.Row.Top1)]);
        return interval with { Low = Math.Max(0, interval.Low), High = Math.Min(1, interval.High) };
    }
}
