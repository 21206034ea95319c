using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What the gate looks at in a head.</summary>
/// <param name="Head">The head, of the last layer.</param>
/// <param name="Induction">Its induction score on repeated random tokens.</param>
/// <param name="Top1">The share of tokens that it copies alone.</param>
public sealed record GateRow(HeadIndex Head, double Induction, double Top1)
{
    /// <summary>The induction score from which on a head counts as an induction head.</summary>
    public const double LeastInduction = 0.3;

    /// <summary>The share of all tokens from which on copying counts as material.</summary>
    public const double LeastCopying = ChanceCopying.LeastShare;

    /// <summary>Whether it is an induction head that copies.</summary>
    public bool Passes => Induction >= LeastInduction && Top1 >= LeastCopying;
}
