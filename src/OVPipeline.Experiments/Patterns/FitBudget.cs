using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// The two heads' circuits fitted again on so much text, from two kinds of start. It is enough where it does not matter from which.
/// </summary>
/// <param name="Blocks">Blocks of about 2,000 tokens that a fit sees: each once, where there are as many, else again.</param>
/// <param name="Tokens">Tokens that it sees.</param>
/// <param name="DistinctTokens">Tokens of the text that it sees once or more.</param>
/// <param name="Own">Fits from the model's own circuits, each with another order of the text; one or more.</param>
/// <param name="Random">Fits from random weights, each with others; as many.</param>
public sealed record FitBudget(
    int Blocks, long Tokens, long DistinctTokens, IReadOnlyList<PatternFit> Own, IReadOnlyList<PatternFit> Random)
{
    /// <summary>The mean loss of the fits from the model's own circuits, in nats.</summary>
    [JsonIgnore]
    public double OwnLoss => Own.Average(one => one.Loss);

    /// <summary>The mean loss of the fits from random weights, in nats.</summary>
    [JsonIgnore]
    public double RandomLoss => Random.Average(one => one.Loss);

    /// <summary>
    /// By how much a fit from random weights ends above one from the model's own circuits, in nats: the mean over starts, with its 95 %
    /// interval where there are several.
    /// </summary>
    [JsonIgnore]
    public ConfidenceInterval Gap => ShownIntervals.OfMean([.. Random.Zip(Own, (random, own) => random.Loss - own.Loss)]);

    /// <summary>The mean gap on the text that fits saw, in nats; null where it was not measured.</summary>
    [JsonIgnore]
    public double? FittedGap => Random.Average(one => one.FittedLoss) - Own.Average(one => one.FittedLoss);

    /// <summary>
    /// Whether all of the gap's interval lies within a distance of 0; never where there is one start of each, which has no interval.
    /// </summary>
    /// <param name="tolerance">The distance, in nats.</param>
    public bool Agrees(double tolerance) => Gap is var gap && -tolerance <= gap.Low && gap.High <= tolerance;
}
