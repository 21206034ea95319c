using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What the gate looks at in a head.</summary>
/// <param name="Head">The head.</param>
/// <param name="Induction">Its induction score on repeated random tokens; NaN where it was not measured.</param>
/// <param name="Top1">The share of tokens that it copies alone, in [0, 1].</param>
public sealed record GateRow(HeadIndex Head, double Induction, double Top1)
{
    /// <summary>
    /// The induction score from which on a head counts as an induction head: it then gives three tenths of its attention to the token after
    /// the last occurrence. Stated in the plan before any head was scored; heads of no pattern score about 1 / T.
    /// </summary>
    public const double LeastInduction = 0.3;

    /// <summary>The share of all tokens from which on copying counts as material.</summary>
    public const double LeastCopying = ChanceCopying.LeastShare;

    /// <summary>
    /// By how much the loss rises where it writes its mean, in nats: what heads are chosen by where copying is not defined. Null elsewhere.
    /// </summary>
    public double? Cost { get; init; }

    /// <summary>Whether it is an induction head that copies.</summary>
    [JsonIgnore]
    public bool Passes => Induction >= LeastInduction && Top1 >= LeastCopying;
}
