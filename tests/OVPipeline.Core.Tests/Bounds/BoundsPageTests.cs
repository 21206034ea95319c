using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The lines of code in docs/bounds.md are those of a test that runs.</summary>
public class BoundsPageTests
{
    [Fact]
    public void Snippet_OnAnyEmbeddings_PrintsAnInterval()
    {
        var (embedding, unembedding) = (TestMatrices.Random(14, 5, 1), TestMatrices.Random(5, 14, 2));
        using var Console = new StringWriter();
        var examples = FitExamples.Copying(embedding.Rows);
        var bound = LowRankBounder.Find(embedding, unembedding, examples, new LowRankBoundOptions { Rank = 2, Norm = 3 });
        var start = new FactoredMatrix(bound.Relaxed, Matrix.Identity(bound.Relaxed.Rows)).Truncate(2);
        var fit = LowRankFitter.Fit(embedding, unembedding, examples,
            new LowRankFitOptions { Rank = 2, MaxNorm = 3, KnownFactors = [start] });
        Console.WriteLine($"Rank 2 at norm 3: from {bound.Bound} to {fit.LogLoss} nats; {bound.Steps} steps, {bound.Stop}.");
        Assert.StartsWith($"Rank 2 at norm 3: from {bound.Bound} to", Console.ToString(), StringComparison.Ordinal);
        Assert.InRange(fit.LogLoss - bound.Bound, 0, 0.5);
    }

    [Fact]
    public void Page_ItsSnippet_IsTheTests()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OVPipeline.sln")))
            folder = folder.Parent;
        Assert.SkipWhen(folder is null, "outside the repository");
        string page = File.ReadAllText(Path.Combine(folder!.FullName, "docs", "bounds.md"));
        string own = File.ReadAllText(Path.Combine(folder.FullName, "tests", "OVPipeline.Core.Tests", "Bounds", "BoundsPageTests.cs"));
        string snippet = page.Split("```csharp")[1].Split("```")[0];
        Assert.NotEmpty(Lines(snippet));
        Assert.Contains(string.Join('\n', Lines(snippet)), string.Join('\n', Lines(own)), StringComparison.Ordinal);

        static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
