using System.Globalization;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Unicode's normalisation form C (UAX #15) as of Unicode 14, from a table of its own: .NET leaves text as it is where globalization is invariant.
/// </summary>
internal static class CanonicalForm
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7, Leads = 19, Vowels = 21, Tails = 28;
    private static readonly Dictionary<int, byte> Classes = [];
    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];

    static CanonicalForm()
    {
        using Stream stream = typeof(CanonicalForm).Assembly.GetManifestResourceStream("canonical.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(' ');
            if (fields[0] == "C")
            {
                for (int point = Hex(fields[1]); point <= Hex(fields[2]); point++)
                    Classes.Add(point, byte.Parse(fields[3], CultureInfo.InvariantCulture));
            }
            else if (fields[0] is "D" or "X")
            {
                int[] parts = [.. fields[2..].Select(Hex)];
                Decompositions.Add(Hex(fields[1]), parts);
                if (fields[0] == "D")
                    Compositions.Add((parts[0], parts[1]), Hex(fields[1]));
            }
        }
    }

    /// <summary>The text in form C.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
            return text;
        var points = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            Decompose(rune.Value, points);
        Order(points);
        Join(points);
        var composed = new StringBuilder(text.Length);
        Span<char> characters = stackalloc char[2];
        foreach (int point in points)
            composed.Append(characters[..new Rune(point).EncodeToUtf16(characters)]);
        return composed.ToString();
    }

    private static void Decompose(int point, List<int> points)
    {
        int hangul = point - HangulBase;
        if (hangul is >= 0 and < Leads * Vowels * Tails)
        {
            points.Add(LeadBase + (hangul / (Vowels * Tails)));
            points.Add(VowelBase + (hangul % (Vowels * Tails) / Tails));
            if (hangul % Tails != 0)
                points.Add(TailBase + (hangul % Tails));
        }
        else if (Decompositions.TryGetValue(point, out int[]? parts))
        {
            foreach (int part in parts)
                Decompose(part, points);
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
        (int lead, int vowel) = (first - LeadBase, second - VowelBase);
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
        {
            composed = HangulBase + (((lead * Vowels) + vowel) * Tails);
            return true;
        }

        (int syllable, int tail) = (first - HangulBase, second - TailBase);
        if (syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails)
        {
            composed = first + tail;
            return true;
        }

        return Compositions.TryGetValue((first, second), out composed);
    }

    private static int ClassOf(int point) => Classes.GetValueOrDefault(point);

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
