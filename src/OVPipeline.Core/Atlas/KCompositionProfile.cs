namespace OVPipeline.Core;

/// <summary>The K-composition of two heads as a token circuit (<see cref="TokenCircuit.OfKComposition"/>), positions left out.</summary>
/// <param name="Earlier">The head whose output is read as a key.</param>
/// <param name="Later">The head that attends.</param>
/// <param name="Score">Their K-composition score.</param>
/// <param name="QueryToKey">
/// Share of query tokens whose highest keys include the position to which the earlier head moved that same token.
/// </param>
/// <param name="KeyToQuery">Share of moved tokens whose highest query tokens include the token itself.</param>
public sealed record KCompositionProfile(HeadIndex Earlier, HeadIndex Later, double Score, TopShares QueryToKey, TopShares KeyToQuery);
