
namespace OVPipeline.Core;

/// <summary>
/// How well one circuit copies: a row of the table, a bar of the picture, an entry of <c>results.json</c>. Null: does not apply.
/// </summary>
public sealed record CopyingRow
{
    /// <summary>What the table calls it.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of circuit it is.</summary>
    public required CircuitKind Kind { get; init; }

    /// <summary>The heads it is made of; empty for trained circuits and the direct path.</summary>
    public IReadOnlyList<HeadIndex> Heads { get; init; } = [];

    /// <summary>Inner size of the circuit's factors.</summary>
    public required int Rank { get; init; }

    /// <summary>Whether all tokens were scored, or only those held out of training.</summary>
    public bool HeldOut { get; init; }

    /// <summary>Tokens scored.</summary>
    public required long Tokens { get; init; }

    /// <summary>Share of tokens whose own logit ranks first.</summary>
    public required double Top1 { get; init; }

    /// <summary>Share of tokens whose own logit is among the five highest.</summary>
    public required double? Top5 { get; init; }

    /// <summary>Mean of 1 / rank.</summary>
    public required double Mrr { get; init; }

    /// <summary>The separation d' behind the top-1 share.</summary>
    public required double? DPrime { get; init; }

    /// <summary>Mean log-loss in nats at the logits' natural scale, unclamped.</summary>
    public required double LogLoss { get; init; }

    /// <summary>Mean log-loss in nats after one fitted temperature.</summary>
    public required double? LogLossCalibrated { get; init; }

    /// <summary>Eigenvalue copying score of the circuit.</summary>
    public required double? CopyingScore { get; init; }
}
