using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>The resource unicode.txt: what of Unicode the reference's normalizers go by, each part in its version.</summary>
internal static class UnicodeTable
{
    static UnicodeTable()
    {
        using Stream stream = typeof(UnicodeTable).Assembly.GetManifestResourceStream("unicode.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split(' ');
            switch (fields[0])
            {
                case "C":
                    foreach (int point in Range(fields))
                        Classes.Add(point, byte.Parse(fields[3], CultureInfo.InvariantCulture));
                    break;
                case "D" or "X" or "K":
                    int[] parts = [.. fields[2..].Select(Hex)];
                    (fields[0] == "K" ? Compatible : Canonical).Add(Hex(fields[1]), parts);
                    if (fields[0] == "D")
                        Compositions.Add((parts[0], parts[1]), Hex(fields[1]));
                    break;
                case "M":
                    Marks.UnionWith(Range(fields));
                    break;
                case "N":
                    Nonspacing.UnionWith(Range(fields));
                    break;
                case "P":
                    Punctuation.UnionWith(Range(fields));
                    break;
                case "O":
                    Others.Add((Hex(fields[1]), Hex(fields[2])));
                    break;
            }
        }
    }

    /// <summary>Combining classes other than 0.</summary>
    public static Dictionary<int, byte> Classes { get; } = [];

    /// <summary>Canonical decompositions, one level.</summary>
    public static Dictionary<int, int[]> Canonical { get; } = [];

    /// <summary>Decompositions that are compatible only, one level.</summary>
    public static Dictionary<int, int[]> Compatible { get; } = [];

    /// <summary>What two code points compose to.</summary>
    public static Dictionary<(int First, int Second), int> Compositions { get; } = [];

    /// <summary>Combining marks: general category M.</summary>
    public static HashSet<int> Marks { get; } = [];

    /// <summary>Nonspacing marks: general category Mn.</summary>
    public static HashSet<int> Nonspacing { get; } = [];

    /// <summary>General category P.</summary>
    public static HashSet<int> Punctuation { get; } = [];

    /// <summary>Ranges of controls, formats and private use: general categories Cc, Cf and Co.</summary>
    public static List<(int First, int Last)> Others { get; } = [];

    private static IEnumerable<int> Range(string[] fields) => Enumerable.Range(Hex(fields[1]), Hex(fields[2]) - Hex(fields[1]) + 1);

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
