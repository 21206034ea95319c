using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>One run of the main job on the embedded model, for all tests of it.</summary>
public sealed class MainJob : IDisposable
{
    public MainJob()
    {
        Folder = Directory.CreateTempSubdirectory("ovpipeline-main-").FullName;
        Process = SampleProcess.Run("ReproduceClaim", "--out", Folder);
        Model = new IndependentModel(Path.Combine(FindRoot(), "data", "attn-only-2l-quarter"));
    }

    internal SampleProcess Process { get; }

    internal IndependentModel Model { get; }

    public string Folder { get; }

    public JsonElement Results => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "results.json"))).RootElement;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    internal static string FindRoot() => SharedFiles.Root;
}

public sealed class ReproduceClaimTests(MainJob job) : IClassFixture<MainJob>
{
    [Fact]
    public void Run_EmbeddedModel_Succeeds()
    {
        Assert.Equal((0, ""), (job.Process.ExitCode, job.Process.Error));
        foreach (string expected in new[]
        {
            "top1", "trained copier", "bit for bit", "random splits", "--all, or results.json",
        })
            Assert.Contains(expected, job.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_EmbeddedModel_PrintsWhatTheClaimComparesAndNoMore()
    {
        string[] printed = [.. job.Process.Output.Split('\n').Where(line => line.Contains(" %  ", StringComparison.Ordinal))];
        (string Name, string Kind, string Split)[] expected =
        [
            ("head 1.1 ", "head", "all"),
            ("heads 1.1 + 1.7 ", "pair", "all"),
            ("heads 1.1 + 1.7, truncated ", "truncated", "all"),
            ("trained copier ", "trained", "all"),
            ("trained copier, on unseen tokens ", "trained", "test"),
        ];
        Assert.Equal(expected.Length, printed.Length);
        foreach (var ((name, kind, split), line) in expected.Zip(printed))
        {
            var rows = job.Results.GetProperty("rows").EnumerateArray()
                .Where(row => row.GetProperty("kind").GetString() == kind && row.GetProperty("split").GetString() == split)
                .Where(row => row.GetProperty("rank").GetInt32() == (kind == "pair" ? 32 : 16)).ToArray();
            double top1 = kind == "trained" ? rows.Average(Top1) : rows.Max(Top1);
            Assert.StartsWith("  " + name, line, StringComparison.Ordinal);
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $" {100 * top1:0.0} % "), line, StringComparison.Ordinal);
        }

        static double Top1(JsonElement row) => row.GetProperty("top1").GetDouble();
    }

    [Theory]
    [InlineData("head")]
    [InlineData("pair")]
    [InlineData("layer")]
    public void Results_CircuitsOfHeads_AgreeWithTheIndependentPath(string kind)
    {
        var rows = job.Results.GetProperty("rows").EnumerateArray().Where(row => row.GetProperty("kind").GetString() == kind).ToArray();
        Assert.Equal(kind == "head" ? 12 : 1, rows.Length);
        foreach (var row in rows)
            AssertSame(
                row, job.Model.Diagonal([.. row.GetProperty("heads").EnumerateArray().Select(head => job.Model.Head(head.GetString()!))]));
    }

    [Fact]
    public void Results_DirectPath_AgreesWithTheIndependentPath()
    {
        var identity = new double[job.Model.DModel * job.Model.DModel];
        for (int i = 0; i < job.Model.DModel; i++)
            identity[i * job.Model.DModel + i] = 1;
        AssertSame(Row("direct"), job.Model.Diagonal((identity, identity, job.Model.DModel)));
    }

    [Fact]
    public void Results_TrainedCopier_AgreesWithTheSavedFactorsOnTheIndependentPath()
    {
        var row = Row("trained");
        using var zip = ZipFile.OpenRead(Path.Combine(job.Folder, "copier.zip"));
        double[] Floats(string entry)
        {
            using var stream = zip.Entries.Single(e => e.Name == entry).Open();
            var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return [.. MemoryMarshal.Cast<byte, float>(bytes.ToArray()).ToArray().Select(value => (double)value)];
        }
        var (ranks, losses) = job.Model.Diagonal((Floats("A"), Floats("B"), row.GetProperty("rank").GetInt32()));
        // A B in double is not quite the single-precision H G that was scored: a token or two may change places.
        Assert.Equal(ranks.Count(rank => rank == 1) / (double)ranks.Length, row.GetProperty("top1").GetDouble(), 2.5 / ranks.Length);
        Assert.Equal(losses.Average(), row.GetProperty("log_loss").GetDouble(), 1e-4);
        Assert.True(row.GetProperty("top1").GetDouble() > Row("pair").GetProperty("top1").GetDouble());
    }

    [Fact]
    public void Picture_OfResults_IsDrawnFromThemAndFromNoOtherFile()
    {
        string results = Path.Combine(job.Folder, "results.json"), both = Path.Combine(job.Folder, "both", "claim.png");
        var drawn = SampleProcess.Run("ReproduceClaim", "picture", results, results, "--out", both);
        Assert.Equal((0, ""), (drawn.ExitCode, drawn.Error));
        Assert.True(new FileInfo(both).Length > new FileInfo(Path.Combine(job.Folder, "claim.png")).Length);
        var refused = SampleProcess.Run("ReproduceClaim", "picture", Path.Combine(job.Folder, "copier.zip"), "--out", both);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("copier.zip: is no results.json of a comparison", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_Schema_IsTheStableOne()
    {
        var results = job.Results;
        Assert.Equal(2, results.GetProperty("schemaVersion").GetInt32());
        Assert.Equal(["name", "vocabulary", "dModel", "dHead", "heads", "layers"],
            results.GetProperty("model").EnumerateObject().Select(p => p.Name));
        string[] fields = ["name", "kind", "heads", "rank", "split", "tokens", "top1", "top5", "mrr", "d_prime", "log_loss",
            "calibrated_log_loss", "copying_score"];
        foreach (var row in results.GetProperty("rows").EnumerateArray())
        {
            Assert.Equal(fields, row.EnumerateObject().Select(p => p.Name));
            Assert.Contains(row.GetProperty("split").GetString(), new[] { "all", "test" });
            Assert.All(row.GetProperty("heads").EnumerateArray(), head => Assert.Matches("^L1H[0-9]+$", head.GetString()));
            Assert.DoesNotMatch("[0-9]\\.[0-9]", row.GetProperty("name").GetString());
            Assert.InRange(row.GetProperty("top1").GetDouble(), 0, row.GetProperty("top5").GetDouble());
            Assert.True(row.GetProperty("calibrated_log_loss").GetDouble() <= row.GetProperty("log_loss").GetDouble() + 1e-6);
        }
        Assert.Equal(["load", "extract", "fit", "score", "total"], results.GetProperty("seconds").EnumerateObject().Select(p => p.Name));
        Assert.True(results.GetProperty("zip").GetProperty("reloadedEqual").GetBoolean());
        Assert.Equal(new FileInfo(Path.Combine(job.Folder, "copier.zip")).Length,
            results.GetProperty("zip").GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void Out_Folder_HoldsFourWholeFiles()
    {
        Assert.Equal(["claim.png", "comparison.png", "copier.zip", "results.json"],
            Directory.EnumerateFiles(job.Folder).Select(Path.GetFileName).Order());
        foreach (string picture in new[] { "claim.png", "comparison.png" })
        {
            byte[] png = File.ReadAllBytes(Path.Combine(job.Folder, picture));
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png.AsSpan(0, 4).ToArray());
            Assert.Equal(new byte[] { (byte)'I', (byte)'E', (byte)'N', (byte)'D' }, png.AsSpan(png.Length - 8, 4).ToArray());
        }
    }

    [Fact]
    public void ScoreToken_SavedCopier_AnswersForTokens()
    {
        string zip = Path.Combine(job.Folder, "copier.zip");
        var answer = SampleProcess.Run("ScoreToken", zip, "␣the", "#300");
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        Assert.Contains("␣the", answer.Output, StringComparison.Ordinal);
        Assert.Contains("(id 300)", answer.Output, StringComparison.Ordinal);
        Assert.Contains("ranks itself", answer.Output, StringComparison.Ordinal);
        var unknown = SampleProcess.Run("ScoreToken", zip, "nosuchtoken");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("'nosuchtoken' is not a token", unknown.Error, StringComparison.Ordinal);
    }

    private JsonElement Row(string kind) =>
        job.Results.GetProperty("rows").EnumerateArray()
            .First(row => row.GetProperty("kind").GetString() == kind && row.GetProperty("split").GetString() == "all");

    private static void AssertSame(JsonElement row, (int[] Ranks, double[] LogLosses) expected)
    {
        int n = expected.Ranks.Length;
        string name = row.GetProperty("name").GetString()!;
        Assert.True(n == row.GetProperty("tokens").GetInt32(), name);
        // H and G are single-precision products: where two logits differ by less than that, a rank may.
        Assert.Equal(expected.Ranks.Count(rank => rank == 1) / (double)n, row.GetProperty("top1").GetDouble(), 1.5 / n);
        Assert.Equal(expected.Ranks.Count(rank => rank <= 5) / (double)n, row.GetProperty("top5").GetDouble(), 1.5 / n);
        Assert.Equal(expected.Ranks.Average(rank => 1.0 / rank), row.GetProperty("mrr").GetDouble(), 1e-3);
        Assert.True(Math.Abs(expected.LogLosses.Average() - row.GetProperty("log_loss").GetDouble()) < 1e-4,
            string.Create(CultureInfo.InvariantCulture, $"{name}: {expected.LogLosses.Average()}"));
    }
}
