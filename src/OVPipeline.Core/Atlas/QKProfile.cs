namespace OVPipeline.Core;

/// <summary>What a head's full QK circuit <c>W_E W_Q W_K' W_E'</c> attends to, positions left out.</summary>
/// <param name="QueryToKey">Share of query tokens whose highest key tokens include the query itself.</param>
/// <param name="KeyToQuery">Share of key tokens whose highest query tokens include the key itself.</param>
/// <param name="MatchingScore">sum(lambda) / sum(|lambda|) over the circuit's eigenvalues: 1 where like attends to like.</param>
/// <param name="ParticipationRatio">Effective rank of the circuit (<see cref="EffectiveRank.ParticipationRatio"/>).</param>
/// <param name="EntropyRank">Effective rank of the circuit (<see cref="EffectiveRank.Entropy"/>).</param>
public sealed record QKProfile(
    TopShares QueryToKey, TopShares KeyToQuery, double MatchingScore, double ParticipationRatio, double EntropyRank);
