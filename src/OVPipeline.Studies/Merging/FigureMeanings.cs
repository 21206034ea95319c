using System.Text.RegularExpressions;

namespace OVPipeline.Studies;

/// <summary>What figures mean: the tables of docs/figures.md, which the package holds.</summary>
internal static partial class FigureMeanings
{
    private static readonly Lazy<(Regex Name, string Meaning)[]> s_all = new(Read);

    /// <summary>What a figure means; null where the page does not say.</summary>
    public static string? Of(string figure)
    {
        foreach (var (name, meaning) in s_all.Value)
            if (name.IsMatch(figure))
                return meaning;
        var end = End().Match(figure);
        return end.Success && Of(end.Groups["of"].Value) is { } of
            ? $"the {(end.Groups["end"].Value == "from" ? "lower" : "upper")} end of the 95 % interval of: {of}"
            : null;
    }

    private static (Regex, string)[] Read()
    {
        using var stream = typeof(FigureMeanings).Assembly.GetManifestResourceStream("figures.md")!;
        using var reader = new StreamReader(stream);
        return
        [
            .. from line in reader.ReadToEnd().Split('\n')
               where line.StartsWith("| `", StringComparison.Ordinal)
               let cells = Bar().Split(line) // nothing, name, shown as, unit, meaning, where
               let name = cells[1].Trim(' ', '`')
               where cells.Length > 4
               select (new Regex("^" + Placeholder().Replace(Regex.Escape(name), "[A-Za-z0-9]+") + "$"), Plain(cells[4])),
        ];
    }

    private static string Plain(string cell) => cell.Trim().Replace("`", "", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    [GeneratedRegex(@"\\\{[a-z]+}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("^(?<of>.+)_(?<end>from|to)$")]
    private static partial Regex End();
}
