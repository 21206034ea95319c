using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class RunnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-claim-").FullName;
    private readonly TransformerCheckpoint _model = TinyModel.Create(vocabulary: 40, dModel: 8, dHead: 2);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_Again_TakesAllFromTheCacheAndGivesTheSame()
    {
        var counting = new Counting();
        var (first, second) = (Run(counting, out _), Run(counting, out var remarks));
        Assert.Equal(1, counting.Runs);
        Assert.Empty(remarks);
        Assert.Equal(Json(first), Json(second));
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("version")]
    [InlineData("model")]
    public void Run_OtherConditions_IgnoresTheCacheAndSaysSo(string what)
    {
        Run(new Counting(), out _);
        var counting = new Counting { Version = what == "version" ? 2 : 1 };
        var runner = new ExperimentRunner([counting], Options(seed: what == "seed" ? 2 : 1));
        runner.Run(what == "model" ? TinyModel.Create(vocabulary: 40, dModel: 8, dHead: 2, seed: 6) : _model, _ => new Progress<ExperimentProgress>(), default);
        Assert.Equal(1, counting.Runs);
        Assert.Contains(runner.Remarks, remark => remark.Contains("other conditions", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("cut")]
    [InlineData("not json")]
    public void Run_DamagedCache_IgnoresItAndSaysSo(string damage)
    {
        Run(new Counting(), out _);
        string file = Path.Combine(_folder, "cache", "counting.section.json"), text = File.ReadAllText(file);
        File.WriteAllText(file, damage switch { "changed" => text.Replace("\"Counted\"", "\"Miscounted\"", StringComparison.Ordinal), "cut" => text[..(text.Length / 2)], _ => "x" });
        var counting = new Counting();
        Run(counting, out var remarks);
        Assert.Equal(1, counting.Runs);
        Assert.Contains("counting.section.json", Assert.Single(remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Cancelled_KeepsFinishedPartsForTheNextRun()
    {
        using var source = new CancellationTokenSource();
        var runner = new ExperimentRunner([new Counting { AfterPart = source.Cancel }], Options());
        Assert.ThrowsAny<OperationCanceledException>(() => runner.Run(_model, _ => new Progress<ExperimentProgress>(), source.Token));
        var counting = new Counting();
        Assert.Equal("1", Assert.Single(Run(counting, out _)).Tables[0].Rows[0][0].Text);
        Assert.Equal((1, 0), (counting.Runs, counting.Parts));
    }

    [Fact]
    public void Run_Only_SkipsOthersButKeepsWhatIsThere()
    {
        var (one, two) = (new Counting(), new Counting { Name = "other" });
        var sections = new ExperimentRunner([one, two], Options() with { Only = ["counting"] }).Run(_model, _ => new Progress<ExperimentProgress>(), default);
        Assert.Equal([ReportStatus.Done, ReportStatus.Skipped], sections.Select(section => section.Status));
        sections = new ExperimentRunner([one, two], Options() with { Only = ["other"] }).Run(_model, _ => new Progress<ExperimentProgress>(), default);
        Assert.Equal([ReportStatus.Done, ReportStatus.Done], sections.Select(section => section.Status));
        Assert.Equal((1, 1), (one.Runs, two.Runs));
    }

    [Fact]
    public void Run_Unavailable_IsSkippedWithItsReason()
    {
        var section = Assert.Single(Run(new Counting { Missing = "there is no forward pass." }, out _));
        Assert.Equal((ReportStatus.Skipped, "there is no forward pass."), (section.Status, section.Reason));
    }

    [Fact]
    public void Constructor_UnknownExperiment_NamesThoseThereAre()
    {
        string message = Assert.Throws<ArgumentException>(() => new ExperimentRunner(ExperimentList.All, Options() with { Only = ["fronteir"] })).Message;
        Assert.Contains("'fronteir'", message, StringComparison.Ordinal);
        Assert.Contains("frontier", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_UnwritableFolder_NamesIt()
    {
        string file = Path.Combine(_folder, "a-file");
        File.WriteAllText(file, "");
        Assert.Contains("a-file", Assert.Throws<IOException>(() => new ExperimentRunner([], Options() with { Output = Path.Combine(file, "out") })).Message, StringComparison.Ordinal);
    }

    private RunOptions Options(int seed = 1) => new() { Output = _folder, Quick = true, Seed = seed };

    private IReadOnlyList<ReportSection> Run(Counting counting, out IReadOnlyList<string> remarks)
    {
        var runner = new ExperimentRunner([counting], Options());
        var sections = runner.Run(_model, _ => new Progress<ExperimentProgress>(), default);
        remarks = runner.Remarks;
        return sections;
    }

    private static string Json(IReadOnlyList<ReportSection> sections) => JsonSerializer.Serialize(sections, ReportDocument.Json);

    // Counts its runs and the parts it computed.
    private sealed class Counting : IExperiment
    {
        public int Runs { get; private set; }
        public int Parts { get; private set; }
        public Action? AfterPart { get; init; }
        public string? Missing { get; init; }
        public string Name { get; init; } = "counting";
        public string Title => "Counted";
        public string Question => "How often?";
        public int Version { get; init; } = 1;
        public string? Unavailable(ExperimentContext context) => Missing;

        public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
        {
            Runs++;
            string part = context.Part("part", () => $"{++Parts}");
            AfterPart?.Invoke();
            return new() { Id = Name, Title = Title, Question = Question, Tables = [new(Name + "-table", "t", [ReportColumn.Text("part")], [[part]]) { Units = "" }] };
        }
    }
}
