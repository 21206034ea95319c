using System.Text;
using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>Splits text by a pattern, as the pre-tokenizer Split of tokenizer.json does.</summary>
internal static class TextSplitter
{
    /// <summary>The pieces of a text, none of them empty.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="pattern">Sees one character for each code point.</param>
    /// <param name="behavior">Where matches go.</param>
    /// <param name="invert">What the pattern does not match counts as a match, and the other way about.</param>
    /// <param name="time">How long the pattern may search.</param>
    public static IEnumerable<string> Split(string text, Regex pattern, SplitBehavior behavior, bool invert, PatternTime time) =>
        Put(text, Find(text, pattern, invert, time), behavior);

    /// <summary>The pieces of a text where each character of a kind is a match.</summary>
    public static IEnumerable<string> Split(string text, Func<Rune, bool> isMatch, SplitBehavior behavior)
    {
        var parts = new List<(int Start, int End, bool Matched)>();
        int done = 0, at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int end = at + rune.Utf16SequenceLength;
            if (isMatch(rune))
            {
                if (at > done)
                    parts.Add((done, at, false));
                parts.Add((at, end, true));
                done = end;
            }

            at = end;
        }

        if (done < text.Length)
            parts.Add((done, text.Length, false));
        return Put(text, parts, behavior);
    }

    /// <summary>Runs of word characters, and runs of what is neither one of these nor white space.</summary>
    public static IEnumerable<string> Words(string text)
    {
        int start = 0, at = 0;
        bool? kind = null; // of the run that began at start: true for words, null for white space
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool? next = UnicodeSets.IsWord(rune);
            if (Rune.IsWhiteSpace(rune))
                next = null;
            if (next != kind)
            {
                if (kind is not null)
                    yield return text[start..at];
                start = at;
                kind = next;
            }

            at += rune.Utf16SequenceLength;
        }

        if (kind is not null)
            yield return text[start..at];
    }

    // Parts lie in order and cover the text; those that match by turns join their neighbours, or are left out.
    private static IEnumerable<string> Put(string text, List<(int Start, int End, bool Matched)> parts, SplitBehavior behavior)
    {
        switch (behavior)
        {
            case SplitBehavior.Removed:
                parts.RemoveAll(p => p.Matched);
                break;
            case SplitBehavior.MergedWithPrevious:
                Merge(parts, static (before, after) => after && !before);
                break;
            case SplitBehavior.MergedWithNext:
                Merge(parts, static (before, after) => before && !after);
                break;
            case SplitBehavior.Contiguous:
                Merge(parts, static (before, after) => before == after);
                break;
        }

        return parts.Where(p => p.End > p.Start).Select(p => text[p.Start..p.End]);
    }

    // A match of nothing cuts the text.
    private static List<(int Start, int End, bool Matched)> Find(string text, Regex pattern, bool invert, PatternTime time)
    {
        var parts = new List<(int, int, bool)>();
        int done = 0;
        foreach (var (start, end) in new PatternMatches(pattern, text, time))
        {
            if (start > done)
                parts.Add((done, start, invert));
            parts.Add((start, end, !invert));
            done = end;
        }

        if (done < text.Length)
            parts.Add((done, text.Length, invert));
        return parts;
    }

    // A joined part counts as what its end is, so that of several matches in a row one is taken along.
    private static void Merge(List<(int Start, int End, bool Matched)> parts, Func<bool, bool, bool> joins)
    {
        int kept = 0;
        for (int i = 1; i < parts.Count; i++)
        {
            if (joins(parts[kept].Matched, parts[i].Matched))
                parts[kept] = (parts[kept].Start, parts[i].End, parts[i].Matched);
            else
                parts[++kept] = parts[i];
        }

        if (parts.Count > 0)
            parts.RemoveRange(kept + 1, parts.Count - kept - 1);
    }
}

/// <summary>Where what a pattern matched goes when text is split by it; the names are those of tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>Nowhere.</summary>
    Removed,

    /// <summary>Each match is a piece.</summary>
    Isolated,

    /// <summary>To the end of the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>To the start of the piece after it.</summary>
    MergedWithNext,

    /// <summary>Matches that touch are one piece.</summary>
    Contiguous,
}
