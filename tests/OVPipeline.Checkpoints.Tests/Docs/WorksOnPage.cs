using System.Text;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>docs/what-works.md as the lists make it.</summary>
internal static class WorksOnPage
{
    private const string PeerTest = "PeerForwardTests.Forward_ModelOfAFamily_GivesPyTorchsLogits";

    // Layouts whose tests are of their own.
    private static readonly Dictionary<string, string> s_tests = new()
    {
        ["GGUF"] = "GgufLayoutTests.Load_EveryFamily_HasTheWeightsOfTheFileItWasMadeOf",
    };

    /// <summary>The page.</summary>
    public static string Text()
    {
        var page = new StringBuilder("""
            # What works on what

            Made from `tests/OVPipeline.Checkpoints.Tests/Docs/WorksOnList.cs` and from the layouts: a test compares this page with
            them, and every row names the test that shows it.

            """);
        foreach (var (section, rows) in WorksOnList.All)
        {
            Table(page, section, ["What people have", "What becomes of it", "Test"],
                rows.Select(row => new[] { row.What, row.Read, Code(row.Test) }));
        }
        Table(page, "Families", ["Layout", "`model_type`", "Checked on", "Runs, with PyTorch's logits"], Families().Select(family => new[]
        {
            family.Name,
            family.ModelTypes.Count == 0 ? "known by its tensors" : string.Join(", ", family.ModelTypes.Select(Code)),
            family.Test is null ? "no file of its own" : Code(family.Test),
            PeerModels.Of(family.Name) is [var model, ..] ? Code($"{PeerTest}({model.Name})") : "no",
        }));
        return page.ToString();
    }

    /// <summary>Every layout that is known, and the test of it; null where there is none of its own.</summary>
    public static IEnumerable<(string Name, IReadOnlyList<string> ModelTypes, string? Test)> Families()
    {
        var fixtures = LayoutTests.Models.Select(row => row.Data).ToLookup(row => row.Item2, row => row.Item1);
        foreach (var layout in WeightLayouts.All)
        {
            string? test = fixtures[layout.Name].FirstOrDefault() is { } fixture
                ? $"LayoutTests.{nameof(LayoutTests.Load_RawWeights_ProjectAsTheModelDoes)}({fixture})"
                : s_tests.GetValueOrDefault(layout.Name);
            yield return (layout.Name, layout.ModelTypes, test);
        }
    }

    private static string Code(string text) => $"`{text}`";

    private static void Table(StringBuilder page, string title, string[] columns, IEnumerable<string[]> rows)
    {
        page.Append('\n').Append("## ").Append(title).Append("\n\n");
        Row(page, columns);
        Row(page, [.. columns.Select(_ => "---")]);
        foreach (string[] row in rows)
            Row(page, row);
    }

    private static void Row(StringBuilder page, string[] cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
