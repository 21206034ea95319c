using System.Globalization;
using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A circuit as an experiment measured it.</summary>
/// <param name="Row">How it copies.</param>
/// <param name="Norm">Frobenius norm of its map in the residual stream.</param>
/// <param name="ByFrequency">Top-1 share of the text's tokens rather than of the vocabulary's; null where there are no counts.</param>
public sealed record CircuitResult(CopyingRow Row, double Norm, double? ByFrequency)
{
    /// <summary>
    /// How far from stationary a fit within bounds ended, in nats (<see cref="LowRankFit.Stationarity"/>); null for other circuits.
    /// </summary>
    public double? Stationarity { get; init; }

    /// <summary>Why a fit within bounds ended; null for other circuits.</summary>
    public FitStop? Stop { get; init; }

    /// <summary>Whether a fit within bounds ended before it was stationary: it may not be the best of its rank and bounds.</summary>
    public bool IsCutShort => Stop is { } stop && stop != FitStop.Stationary;

    /// <summary>
    /// What a fit within bounds itself says of not having converged, in words; null where it did, and for other circuits.
    /// </summary>
    [JsonIgnore]
    public string? NotConverged => IsCutShort && Stationarity > FrontierChecks.LeastGain
        ? string.Create(CultureInfo.InvariantCulture,
            $"it was cut short where its loss still fell by {Stationarity:0.00} nats to first order")
        : null;

    /// <summary>The same with how the fit went that made it.</summary>
    /// <param name="fit">The fit; null for a circuit that is none.</param>
    public CircuitResult FittedBy(LowRankFit? fit) => this with
    {
        Stationarity = fit?.Stationarity,
        Stop = fit?.Stationarity is null ? null : fit.StopReason,
    };
}
