namespace OVPipeline.Core;

/// <summary>
/// Tokens that are variants of each other, by case and by a leading space: <c>the</c>, <c>The</c>, <c> the</c>. What is learned of one
/// tells much of the others, so that an honest split keeps them on one side, and intervals vary over groups of them.
/// </summary>
public static class TokenVariants
{
    /// <summary>
    /// What a token has in common with its variants: its text without case and leading spaces, or the text itself where nothing else is
    /// in it.
    /// </summary>
    /// <param name="token">The token's display string; a leading space is ' ' or one of the marks ␣, Ġ and ▁.</param>
    public static string GroupOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        string bare = token.TrimStart('␣', 'Ġ', '▁', ' ').ToLowerInvariant();
        return bare.Length == 0 ? token : bare;
    }
}
