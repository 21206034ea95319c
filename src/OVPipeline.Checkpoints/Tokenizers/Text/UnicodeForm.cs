using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Unicode's normalisation forms (UAX #15), from a table of the reference's version: .NET leaves text as it is where globalization is
/// invariant.
/// </summary>
internal static class UnicodeForm
{
    // The Unicode Standard, section 3.12: a syllable is HangulBase + (lead * Vowels + vowel) * Tails + tail, and a tail of 0 is none.
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7, Leads = 19, Vowels = 21, Tails = 28;

    /// <summary>Form C.</summary>
    public static string C(string text) => Normalize(text, compatible: false, compose: true);

    /// <summary>Form D.</summary>
    public static string D(string text) => Normalize(text, compatible: false, compose: false);

    /// <summary>Form KC.</summary>
    public static string KC(string text) => Normalize(text, compatible: true, compose: true);

    /// <summary>Form KD.</summary>
    public static string KD(string text) => Normalize(text, compatible: true, compose: false);

    private static string Normalize(string text, bool compatible, bool compose)
    {
        // Below U+0300 nothing combines, so that form C is the text itself; below U+0080 no form changes anything.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', compose && !compatible ? '\u02FF' : '\u007F'))
            return text;
        var points = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            Decompose(rune.Value, points, compatible);
        Order(points);
        if (compose)
            Join(points);
        var normal = new StringBuilder(text.Length);
        Span<char> characters = stackalloc char[2];
        foreach (int point in points)
            normal.Append(characters[..new Rune(point).EncodeToUtf16(characters)]);
        return normal.ToString();
    }

    private static void Decompose(int point, List<int> points, bool compatible)
    {
        int hangul = point - HangulBase;
        if (hangul is >= 0 and < Leads * Vowels * Tails)
        {
            points.Add(LeadBase + (hangul / (Vowels * Tails)));
            points.Add(VowelBase + (hangul % (Vowels * Tails) / Tails));
            if (hangul % Tails != 0)
                points.Add(TailBase + (hangul % Tails));
        }
        else if (UnicodeTable.Canonical.TryGetValue(point, out int[]? parts)
            || (compatible && UnicodeTable.Compatible.TryGetValue(point, out parts)))
        {
            foreach (int part in parts)
                Decompose(part, points, compatible);
        }
        else
        {
            points.Add(point);
        }
    }

    // Marks in a row go in the order of their classes, equals staying as they are.
    private static void Order(List<int> points)
    {
        for (int start = 0; start < points.Count; start++)
        {
            int end = start;
            while (end < points.Count && ClassOf(points[end]) != 0)
                end++;
            if (end - start > 1)
            {
                int[] sorted = [.. points[start..end].OrderBy(ClassOf)];
                for (int i = 0; i < sorted.Length; i++)
                    points[start + i] = sorted[i];
            }

            start = end;
        }
    }

    private static void Join(List<int> points)
    {
        // A point joins the starter before it where nothing between them is a starter or of a class as high as its own.
        int starter = -1, kept = 0, before = 0;
        foreach (int point in points.ToArray())
        {
            int kind = ClassOf(point);
            bool blocked = starter < kept - 1 && (before >= kind || before == 0);
            if (starter >= 0 && !blocked && TryPair(points[starter], point, out int composed))
            {
                points[starter] = composed;
                continue;
            }

            if (kind == 0)
                starter = kept;
            before = kind;
            points[kept++] = point;
        }

        points.RemoveRange(kept, points.Count - kept);
    }

    private static bool TryPair(int first, int second, out int composed)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
        {
            composed = HangulBase + (((lead * Vowels) + vowel) * Tails);
            return true;
        }

        int syllable = first - HangulBase;
        int tail = second - TailBase;
        if (syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails)
        {
            composed = first + tail;
            return true;
        }

        return UnicodeTable.Compositions.TryGetValue((first, second), out composed);
    }

    private static int ClassOf(int point) => UnicodeTable.Classes.GetValueOrDefault(point);
}
