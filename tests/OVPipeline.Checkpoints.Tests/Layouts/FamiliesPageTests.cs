using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>docs/families.md has the layouts that there are.</summary>
public sealed class FamiliesPageTests
{
    private const string Begin = "<!-- families -->\n", End = "<!-- end -->";

    [Fact]
    public void Page_Families_AreThoseOfTheLayouts()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "families.md")).ReplaceLineEndings("\n");
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        string table = page[begin..page.IndexOf(End, StringComparison.Ordinal)];
        Assert.Equal(Table(), table);
    }

    private static string Table() => "| Family | model_type |\n| --- | --- |\n" + string.Concat(WeightLayouts.All
        .Where(layout => layout.ModelTypes.Count > 0)
        .Select(layout => $"| {layout.Name} | {string.Join(", ", layout.ModelTypes.Select(type => $"`{type}`"))} |\n"));
}
