using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>docs/families.md has the layouts that there are.</summary>
public sealed class FamiliesPageTests
{
    // XLM-RoBERTa's and CamemBERT's modelling code is RoBERTa's; nanoGPT's files say one of these or nothing.
    private static readonly string[] s_sameCode = ["xlm-roberta", "camembert", "gpt2", "nanogpt", "gpt"];
    private const string Begin = "<!-- families -->\n", End = "<!-- end -->";

    [Fact]
    public void Page_Families_AreThoseOfTheLayouts()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "families.md")).ReplaceLineEndings("\n");
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        string table = page[begin..page.IndexOf(End, StringComparison.Ordinal)];
        string expected = Table();
        if (Environment.GetEnvironmentVariable("OVP_WRITE_DOCS") == "1")
        {
            string path = Repository.PathOf("docs", "families.md");
            File.WriteAllText(path, page[..begin] + expected + page[page.IndexOf(End, StringComparison.Ordinal)..]);
            return;
        }
        Assert.Equal(expected, table);
    }

    [Fact]
    public void RunTypes_EveryOne_HasAModelThatAPeerAgreesOn()
    {
        foreach (var layout in WeightLayouts.All)
        {
            string[] types = [.. PeerModels.Of(layout.Name).Select(model => model.ModelType).OfType<string>()];
            Assert.Empty(layout.RunTypes.Except(types).Except(s_sameCode));
        }
    }

    private static string Table() => "| Family | model_type | Runs, with PyTorch's logits |\n| --- | --- | --- |\n"
        + string.Concat(WeightLayouts.All.Where(layout => layout.ModelTypes.Count > 0)
            .Select(layout => $"| {layout.Name} | {Listed(layout.ModelTypes)} | {Runs(layout)} |\n"));

    private static string Runs(WeightLayout layout)
    {
        string[] types = [.. layout.ModelTypes.Where(layout.RunTypes.Contains)];
        if (types.Length == 0)
            return "no";
        int cases = PeerModels.Of(layout.Name).Length;
        string models = cases == 1 ? "1 model" : $"{cases} models";
        return $"{(types.Length == layout.ModelTypes.Count ? "yes" : Listed(types))} ({models})";
    }

    private static string Listed(IEnumerable<string> types) => string.Join(", ", types.Select(type => $"`{type}`"));
}
