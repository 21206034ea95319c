using System.Text.RegularExpressions;

namespace OVPipeline.Samples.Tests;

/// <summary>Names that docs/figures.md gives, in its tables and in its text; <c>{i}</c> and its like stand for any.</summary>
internal static class DocumentedFigures
{
    private static readonly string[] s_names = [.. Regex
        .Matches(File.ReadAllText(Path.Combine(MainJob.FindRoot(), "docs", "figures.md")), "`([a-z0-9_{}]+)`")
        .Select(match => Regex.Replace(Regex.Escape(match.Groups[1].Value), @"\\\{[a-z]+}", ".+")).Distinct()];

    /// <summary>Whether a column is one of them, or an end of the interval of one.</summary>
    public static bool Has(string column) => s_names.Any(name => Regex.IsMatch(column, $"^{name}(_from|_to)?$"));
}
