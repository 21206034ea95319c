using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parquet;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

public sealed class StudyMergeTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(5, true)]
    [InlineData(40, false)]
    public void Run_AnySharding_GivesTheSameBytes(int shards, bool backwards)
    {
        using var study = new TinyStudy();
        study.Run();
        var whole = TinyStudy.Merged(study.Open());
        string other = Path.Combine(study.Folder, "other");
        var order = Enumerable.Range(0, shards);
        foreach (int i in backwards ? order.Reverse() : order)
            study.Run(new StudyShard(i, shards), other);
        var shared = TinyStudy.Merged(study.Open(other));
        Assert.Equal(["figures.csv", "figures.parquet", "schema.json"], whole.Keys.Order());
        Assert.All(whole, file => Assert.Equal(file.Value, shared[file.Key]));
    }

    [Fact]
    public void Run_SeveralAtOnceOnOneFolder_GivesTheSameBytes()
    {
        using var study = new TinyStudy();
        string other = Path.Combine(study.Folder, "other");
        study.Run(folder: other);
        Parallel.For(0, 4, _ => study.Run());
        var expected = TinyStudy.Merged(study.Open(other));
        Assert.All(TinyStudy.Merged(study.Open()), file => Assert.Equal(expected[file.Key], file.Value));
        Assert.DoesNotContain(Directory.GetFiles(study.Out, "*", SearchOption.AllDirectories), path => Path.GetFileName(path)[0] == '.'
            && !path.EndsWith(".merge.lock", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_ClocksThatDiffer_ChangeNothing()
    {
        using var study = new TinyStudy();
        study.Run();
        var before = TinyStudy.Merged(study.Open());
        foreach (string path in Directory.GetFiles(Path.Combine(study.Out, "parts")))
        {
            var part = JsonNode.Parse(File.ReadAllText(path))!;
            part["environment"]!["began"] = "2041-05-01T00:00:00Z";
            File.WriteAllText(path, part.ToJsonString());
            File.SetLastWriteTimeUtc(path, new(1995, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
        Assert.All(study.Open().Status(), unit => Assert.Equal(UnitState.Done, unit.State));
        Assert.All(TinyStudy.Merged(study.Open()), file => Assert.Equal(before[file.Key], file.Value));
        Assert.Contains("2041-05-01", File.ReadAllText(Path.Combine(study.Out, "runs.csv")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_UnitsOfTwoKindsOfProcessors_RemarksOnIt()
    {
        using var study = new TinyStudy();
        study.Run();
        Assert.Empty(StudyMerge.Run(study.Open()).Remarks);
        string path = Directory.GetFiles(Path.Combine(study.Out, "parts")).Order().Last();
        var part = JsonNode.Parse(File.ReadAllText(path))!;
        part["environment"]!["instructionSet"] = "AAA";
        File.WriteAllText(path, part.ToJsonString());
        Assert.StartsWith("Units were run with AAA and ", Assert.Single(StudyMerge.Run(study.Open()).Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_UnitsMissing_RefusesUnlessTold()
    {
        using var study = new TinyStudy();
        study.Run(new StudyShard(1, 2));
        int done = study.Plan.UnitsOf(new(1, 2)).Count, all = study.Plan.Units.Count;
        var refused = Assert.Throws<StudyException>(() => StudyMerge.Run(study.Open()));
        Assert.Contains($"{all - done} of {all} units are not done (the first is atlas L0H0-L0H1 of noise@step1, missing)", refused.Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(study.Out, "figures.csv")));
        var partial = StudyMerge.Run(study.Open(), partial: true);
        Assert.Equal(done, partial.Units);
        Assert.Contains($"{all - done} of {all} units are missing from these tables.", partial.Remarks);
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(study.Out, "schema.json")));
        Assert.Equal(done, schema.RootElement.GetProperty("unitsMerged").GetInt32());
    }

    [Fact]
    public void Run_SecondMergeAtOnce_IsRefused()
    {
        using var study = new TinyStudy();
        study.Run();
        using (StudyMerge.Lock(study.Open()))
        {
            Assert.EndsWith("somebody else merges this study now: wait for it to end.",
                Assert.Throws<StudyException>(() => StudyMerge.Run(study.Open())).Message, StringComparison.Ordinal);
        }
        Assert.Equal(study.Plan.Units.Count, StudyMerge.Run(study.Open()).Units);
    }

    [Fact]
    public async Task Run_CsvAndParquet_HoldTheAtlasFigures()
    {
        using var study = new TinyStudy();
        study.Run();
        StudyMerge.Run(study.Open());
        var model = TinyStudy.Model("step2");
        var own = OwnTokenRanks.Of(TokenCircuit.OfHeads(model.Weights, [new(1, 2)]));
        string line = File.ReadAllText(Path.Combine(study.Out, "figures.csv")).Split("\r\n").Single(
            line => line.StartsWith("tiny,noise,step2,2,atlas,L1H2,1,L1H2,,,,,,top1,", StringComparison.Ordinal));
        double expected = own.ShareAmongHighest(1);
        Assert.Equal($"tiny,noise,step2,2,atlas,L1H2,1,L1H2,,,,,,top1,{expected:R},", line);

        await using var reader = await ParquetReader.CreateAsync(Path.Combine(study.Out, "figures.parquet"));
        var fields = reader.Schema.GetDataFields();
        string[] lines = File.ReadAllText(Path.Combine(study.Out, "figures.csv")).TrimEnd().Split("\r\n");
        Assert.Equal(lines[0], string.Join(',', fields.Select(field => field.Name)));
        using var group = reader.OpenRowGroupReader(0);
        Assert.Equal(lines.Length - 1, group.RowCount);
        var values = new double?[group.RowCount];
        await group.ReadAsync<double>(fields.Single(field => field.Name == "value"), values.AsMemory());
        Assert.Equal(lines.Skip(1).Select(one => double.Parse(one.Split(',')[^2], System.Globalization.CultureInfo.InvariantCulture)),
            values.Select(value => value!.Value));
    }

    [Fact]
    public void Run_Schema_SaysWhatEveryFigureMeansAsTheDocumentDoes()
    {
        using var study = new TinyStudy();
        study.Run();
        StudyMerge.Run(study.Open());
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(study.Out, "schema.json")));
        string page = File.ReadAllText(Path.Combine(SharedFiles.Root, "docs", "figures.md"));
        var figures = schema.RootElement.GetProperty("figures").EnumerateArray().ToArray();
        Assert.Contains("top1", figures.Select(figure => figure.GetProperty("name").GetString()));
        Assert.All(figures, figure =>
        {
            string name = figure.GetProperty("name").GetString()!;
            string row = Assert.Single(page.Split('\n'), line => line.StartsWith($"| `{name}` |", StringComparison.Ordinal));
            string unit = figure.TryGetProperty("unit", out var said) ? said.GetString()! : "";
            string[] cells = row.Replace("\\|", "/", StringComparison.Ordinal).Split('|');
            Assert.Equal(unit, cells[3].Trim());
            Assert.Equal(cells[4].Trim().Replace("`", "", StringComparison.Ordinal), figure.GetProperty("meaning").GetString());
        });
        var digests = schema.RootElement.GetProperty("digests").EnumerateObject()
            .ToDictionary(one => one.Name, one => one.Value.GetString());
        Assert.Equal(["figures.csv", "figures.parquet"], digests.Keys.Order());
        foreach (var (table, digest) in digests)
        {
            byte[] hash = SHA256.HashData(File.ReadAllBytes(Path.Combine(study.Out, table)));
            Assert.Equal(Convert.ToHexStringLower(hash)[..16], digest);
        }
        string studies = page[page.IndexOf("## Studies", StringComparison.Ordinal)..];
        foreach (string table in new[] { "figures.csv", "runs.csv" })
        {
            Assert.All(File.ReadLines(Path.Combine(study.Out, table)).First().Split(','),
                column => Assert.Contains($"`{column}`", studies, StringComparison.Ordinal));
        }
        Assert.Equal(File.ReadLines(Path.Combine(study.Out, "figures.csv")).First().Split(','),
            schema.RootElement.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()));
    }
}
