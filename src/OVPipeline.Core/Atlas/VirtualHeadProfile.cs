namespace OVPipeline.Core;

/// <summary>The virtual head of two (<see cref="TokenCircuit.OfVirtualHead"/>), by its weights.</summary>
/// <param name="Earlier">The head that reads the embedding.</param>
/// <param name="Later">The head that reads what the earlier one wrote.</param>
/// <param name="Score">Their V-composition score.</param>
/// <param name="Copying">Share of tokens whose own logit is among the highest of their row; null where copying is not defined.</param>
/// <param name="CopyingScore">Eigenvalue copying score; null where copying is not defined.</param>
public sealed record VirtualHeadProfile(HeadIndex Earlier, HeadIndex Later, double Score, TopShares? Copying, double? CopyingScore);
