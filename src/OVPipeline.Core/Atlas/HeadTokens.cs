namespace OVPipeline.Core;

/// <summary>What one head makes of each token, by its full OV circuit.</summary>
/// <param name="OwnRanks">
/// By token: the rank of its own logit in its row, 1 for the highest; null where copying is not defined.
/// </param>
/// <param name="TopOutputs">
/// By token the ids of the k highest logits of its row, best first: [V, k], row by row. Empty where k is 0.
/// </param>
public sealed record HeadTokens(IReadOnlyList<int>? OwnRanks, IReadOnlyList<int> TopOutputs);
