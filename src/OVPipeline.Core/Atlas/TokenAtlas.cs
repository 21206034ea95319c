namespace OVPipeline.Core;

/// <summary>
/// What every head makes of every token: the part of an atlas that grows with the vocabulary, kept where it was asked for.
/// </summary>
/// <param name="Tokens">The tokens, by id.</param>
/// <param name="Outputs">The outputs, by id; the same as the tokens where copying is defined.</param>
/// <param name="Heads">An entry for each head, in the order of the atlas.</param>
public sealed record TokenAtlas(Vocabulary Tokens, Vocabulary Outputs, IReadOnlyList<HeadTokens> Heads);
