using F23.StringSimilarity;

namespace OVPipeline.Samples;

/// <summary>What was meant by a word that is none.</summary>
internal static class DidYouMean
{
    private const int LeastDistance = 2, ShareOfWord = 3; // two slips, or one in three letters of a long word

    private static readonly Damerau s_slips = new(); // a letter more, less, other, or two that changed places

    /// <summary>The word that is nearest; null where none is near.</summary>
    public static string? Of(string word, IEnumerable<string> words)
    {
        var (nearest, distance) = words.Select(one => (Word: one, Distance: Slips(word, one)))
            .OrderBy(one => one.Distance).FirstOrDefault(("", double.PositiveInfinity));
        return distance <= Math.Max(LeastDistance, nearest.Trim('-').Length / ShareOfWord) && distance < nearest.Trim('-').Length
            ? nearest
            : null;
    }

    // The beginning of a word, as long as it is one, is that word.
    private static double Slips(string word, string of)
    {
        bool begins = word.Trim('-').Length > 2 && of.StartsWith(word, StringComparison.OrdinalIgnoreCase);
        return begins ? 0.5 : s_slips.Distance(word.ToLowerInvariant(), of.ToLowerInvariant());
    }
}
