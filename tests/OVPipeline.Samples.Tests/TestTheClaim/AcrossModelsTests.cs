using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests.TestTheClaim;

public sealed class AcrossModelsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-across-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Across_TwoModels_PrintsMeansAndTakesResultsThatCameWithThem()
    {
        var (a, b) = (Tiny("a"), Tiny("b"));
        var run = Across("first", a, b);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        double[] head = [.. Row(run.Output, "best head: copied tokens".Equals)[2..5].Select(cell => cell.GetDouble())];
        Assert.Equal(100 * OwnHead("a"), head[0], 1e-6);
        Assert.Equal([head[0], head[0]], head[1..]); // the same model twice: no interval
        Assert.True(File.Exists(Path.Combine(_folder, "first", "report.html")));
        Assert.True(File.Exists(Path.Combine(_folder, "first", "b", "report.html")));

        const string Result = "reproduction.result.json";
        string results = Directory.CreateDirectory(Path.Combine(b, "results")).FullName;
        File.Copy(Path.Combine(_folder, "first", "b", "cache", Result), Path.Combine(results, Result));
        var again = Across("second", a, b);
        Assert.Equal(run.Output, again.Output);
        Assert.True(File.Exists(Path.Combine(_folder, "second", "a", "cache", Result)));
        Assert.False(Directory.Exists(Path.Combine(_folder, "second", "b", "cache"))); // nothing was run
    }

    [Fact]
    public void Across_Repository_TakesTheResultsOfAllFive()
    {
        string output = Path.Combine(_folder, "all");
        var run = SampleProcess.Run("TestTheClaim", "across", "--json", "--out", output);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string figure in new[] { "trained pair of one head's rank: copied tokens", "room that its rank leaves it, at least" })
        {
            var row = Row(run.Output, figure.Equals);
            double[] models = [.. row[^6..^1].Select(cell => cell.GetDouble())];
            Assert.Equal(models.Average(), row[2].GetDouble(), 1e-3);
        }
        Assert.Equal(5, Directory.GetDirectories(output).Count(HasReport));
        string[] run8 = ["value-rank.result.json"]; // on models of its own: no more was run
        Assert.All(Directory.GetDirectories(output, "cache", SearchOption.AllDirectories),
            cache => Assert.Equal(run8, Directory.GetFiles(cache).Select(Path.GetFileName)));
        const string Counted = "Of 35 sentences that are said of attn-only-2l-quarter, 30 are said of all 5 models"; // docs/disagree.md
        Assert.Contains(Counted, run.Output, StringComparison.Ordinal);

        static bool HasReport(string folder) => File.Exists(Path.Combine(folder, "report.html"));
    }

    [Fact]
    public void Results_ThatCameWithAReplica_AreWhatARunGives()
    {
        const string Result = "reproduction.result.json";
        string replica = Path.Combine(MainJob.FindRoot(), "data", "replicas", "seed-2"), output = Path.Combine(_folder, "run");
        var run = SampleProcess.Run("TestTheClaim", replica, "--only", "reproduction", "--json", "--out", output);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var (keptText, kept) = Numbers(File.ReadAllText(Path.Combine(replica, "results", Result)));
        var (text, found) = Numbers(File.ReadAllText(Path.Combine(output, "cache", Result)));
        Assert.Equal(keptText, text);
        Assert.Equal(kept.Length, found.Length);
        Assert.All(kept.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * Math.Max(1, Math.Abs(pair.First))));

        // Losses may differ in their last digits from one machine to the next.
        static (string Text, double[] Numbers) Numbers(string json)
        {
            string value = Regex.Replace(json, "\"digest\":\"[0-9A-F]+\"", "");
            const string Number = @"(?<=[:,\[])-?\d+(\.\d+)?(E[+-]?\d+)?(?=[,\]}])";
            var numbers = Regex.Matches(value, Number).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture));
            return (Regex.Replace(value, Number, "#"), [.. numbers]);
        }
    }

    [Fact]
    public void Across_OneModelOrTwoOfOneName_SaysSoInASentence()
    {
        string a = Tiny("a"), other = Tiny(Path.Combine("other", "a"));
        foreach (var (models, said) in new[] { (new[] { a }, "Name two or more models"), ([a, other], "Two of the models are called 'a'") })
        {
            var run = Across("out", models);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(said, run.Error, StringComparison.Ordinal);
            Assert.Equal("", run.Output);
        }
    }

    // Of a report's first table.
    private static JsonElement[] Row(string json, Func<string, bool> named)
    {
        using var report = JsonDocument.Parse(json);
        var rows = report.RootElement.GetProperty("sections")[0].GetProperty("tables")[0].GetProperty("rows");
        return [.. rows.EnumerateArray().First(row => named(row[0].GetString()!)).EnumerateArray().Select(cell => cell.Clone())];
    }

    private SampleProcess Across(string output, params string[] models) => SampleProcess.Run("TestTheClaim",
        ["across", .. models, "--quick", "--only", "reproduction", "--json", "--out", Path.Combine(_folder, output)]);

    private string Tiny(string name)
    {
        string folder = Path.Combine(_folder, name);
        TinyText.Model().SaveTo(folder);
        return folder;
    }

    // What the model's own report has.
    private double OwnHead(string name) => Row(
        File.ReadAllText(Path.Combine(_folder, "first", name, "results.json")),
        circuit => circuit.StartsWith("best head", StringComparison.Ordinal))[2].GetDouble();
}
