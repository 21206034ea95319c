namespace OVPipeline.Core;

/// <summary>A token that a head copies or suppresses.</summary>
/// <param name="Id">0-based id.</param>
/// <param name="Text">Display string.</param>
/// <param name="Rank">
/// 1-based rank of the token's own logit in its row: from above where it is copied, from below where it is suppressed.
/// </param>
/// <param name="LogLoss">-log softmax of the row at its own token, in nats; of the negated row where it is suppressed.</param>
public sealed record AtlasToken(int Id, string Text, int Rank, double LogLoss);
