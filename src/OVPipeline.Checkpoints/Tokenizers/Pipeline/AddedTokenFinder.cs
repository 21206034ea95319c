using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>Cuts text at added tokens: the leftmost match, and of those the longest.</summary>
internal sealed class AddedTokenFinder
{
    // Characters of tokens that begin alike and are compared with a place of the text, above which the time is read before.
    private const int Many = 4096;

    private readonly Dictionary<char, (AddedToken[] Tokens, bool AreMany)> _byFirst;

    /// <summary>A finder of tokens by their content; those without content are never found.</summary>
    public AddedTokenFinder(IEnumerable<AddedToken> tokens) =>
        _byFirst = tokens.Where(t => t.Content.Length > 0)
            .GroupBy(t => t.Content[0])
            .ToDictionary(g => g.Key, g => (g.OrderByDescending(t => t.Content.Length).ToArray(), g.Sum(t => t.Content.Length) > Many));

    /// <summary>The parts of a text in order; a part that is an added token comes with it.</summary>
    /// <exception cref="CheckpointException">So many tokens begin alike that the time for the text is over.</exception>
    public IEnumerable<(string Text, AddedToken? Token)> Cut(string text, PatternTime time)
    {
        int done = 0;
        long since = Environment.TickCount64;
        for (int at = 0; at < text.Length && _byFirst.Count > 0;)
        {
            if (Match(text, at, time, ref since) is not { } token)
            {
                at++;
                continue;
            }

            int start = at;
            int end = at + token.Content.Length;
            at = end;
            if (token.SingleWord && (EndsWithWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end))))
                continue;
            while (token.LeftStrip && start > done && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            if (start > done)
                yield return (text[done..start], null);
            yield return (text[start..end], token);
            at = done = end;
            since = Environment.TickCount64; // what was done with the parts is not this search's
        }

        if (done < text.Length)
            yield return (text[done..], null);
    }

    private AddedToken? Match(string text, int at, PatternTime time, ref long since)
    {
        if (!_byFirst.TryGetValue(text[at], out var found))
            return null;
        if (found.AreMany)
            time.Spend(ref since);
        foreach (AddedToken token in found.Tokens)
        {
            if (string.CompareOrdinal(text, at, token.Content, 0, token.Content.Length) == 0)
                return token;
        }

        return null;
    }

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && UnicodeSets.IsWord(rune);

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && UnicodeSets.IsWord(rune);
}

/// <summary>A token put beside a trained vocabulary and found in text before anything else.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text that is it.</param>
/// <param name="Normalized">Found in normalised text, not in the text as given.</param>
/// <param name="SingleWord">Found only where no word character touches it.</param>
/// <param name="LeftStrip">Takes white space before it along.</param>
/// <param name="RightStrip">Takes white space after it along.</param>
internal sealed record AddedToken(
    int Id, string Content, bool Normalized = false, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false);
