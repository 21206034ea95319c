using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Regular expressions of tokenizer.json, which are Oniguruma's, in .NET's syntax. Sets inside sets, <c>[^(\s|[.,!?])]</c>, are written out
/// as one, since .NET takes the inner bracket for a character.
/// </summary>
internal static class OnigurumaPattern
{
    /// <summary>The pattern for .NET, or null where a set holds what cannot be written out: a negated set, a named one or an intersection.</summary>
    public static string? Translate(string pattern)
    {
        var translated = new StringBuilder(pattern.Length);
        int depth = 0;
        for (int at = 0; at < pattern.Length; at++)
        {
            char character = pattern[at];
            if (character == '\\' && at + 1 < pattern.Length)
            {
                translated.Append(character).Append(pattern[++at]);
                continue;
            }

            string next = pattern[(at + 1)..Math.Min(pattern.Length, at + 2)];
            if (depth > 0 && ((character == '[' && next is "^" or ":") || (character == '&' && next == "&")))
                return null;
            depth += character == '[' ? 1 : character == ']' && depth > 0 ? -1 : 0;
            bool isInner = (character == '[' && depth > 1) || (character == ']' && depth > 0);
            if (!isInner)
                translated.Append(character);
        }

        return translated.ToString();
    }
}
