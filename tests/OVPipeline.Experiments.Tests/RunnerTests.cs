using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class RunnerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-claim-").FullName;
    private readonly TransformerCheckpoint _model = TinyModel.Create(vocabulary: 40, dModel: 8, dHead: 2);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_Again_TakesAllFromTheStoreAndGivesTheSame()
    {
        var counting = new Counting(new());
        var (first, second) = (Run(counting, out _), Run(counting, out var remarks));
        Assert.Equal(1, counting.Runs);
        Assert.Empty(remarks);
        Assert.Equal(Json(first), Json(second));
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("option")]
    [InlineData("version")]
    [InlineData("model")]
    [InlineData("blocks")]
    [InlineData("text")]
    [InlineData("inputs")]
    public void Run_OtherConditions_IgnoresTheStoreAndSaysSo(string what)
    {
        Run(new Counting(new()), out _);
        var options = new CountingOptions { Seed = what == "seed" ? 2 : 1, Label = what == "option" ? "other" : "part" };
        var counting = new Counting(options) { ItsVersion = what == "version" ? 2 : 1, ItsInputs = what == "inputs" ? "a file" : null };
        var model = what == "model" ? TinyModel.Create(vocabulary: 40, dModel: 8, dHead: 2, seed: 6) : _model;
        var text = what == "text" ? new ModelText([1, 2], [3], 0, "training; validation") : null;
        var laboratory = new Laboratory(model, Options with { JudgedBlocks = what == "blocks" ? 3 : 5 }, text);
        new ExperimentRunner([counting]).Run(laboratory);
        Assert.Equal(1, counting.Runs);
        Assert.Contains(laboratory.Store.Remarks, remark => remark.Contains("other conditions", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("cut")]
    [InlineData("not json")]
    [InlineData("empty")]
    [InlineData("value")]
    public void Run_DamagedStore_IgnoresItAndSaysSo(string damage)
    {
        Run(new Counting(new()), out _);
        string file = Path.Combine(_folder, "counting.result.json"), text = File.ReadAllText(file);
        File.WriteAllText(file, damage switch
        {
            "changed" => text.Replace("\"part 1\"", "\"part 2\"", StringComparison.Ordinal),
            "cut" => text[..(text.Length / 2)],
            "empty" => "{}",
            "value" => JsonSerializer.Serialize(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(text)!
                .Where(member => !member.Key.Equals(damage, StringComparison.OrdinalIgnoreCase)).ToDictionary()),
            _ => "x",
        });
        var counting = new Counting(new());
        Run(counting, out var remarks);
        Assert.Equal(1, counting.Runs);
        Assert.Contains("counting.result.json", Assert.Single(remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_PublishedResultWithoutKey_IsIgnoredAndSaidSo()
    {
        string published = Directory.CreateDirectory(Path.Combine(_folder, "published")).FullName;
        File.WriteAllText(Path.Combine(published, "counting.result.json"), "{}");
        var counting = new Counting(new());
        var laboratory = new Laboratory(_model, Options with { Published = published });
        new ExperimentRunner([counting]).Run(laboratory);
        Assert.Equal(1, counting.Runs);
        Assert.Contains("no key", Assert.Single(laboratory.Store.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Cancelled_KeepsFinishedPartsForTheNextRun()
    {
        using var source = new CancellationTokenSource();
        var runner = new ExperimentRunner([new Counting(new()) { AfterPart = source.Cancel }]);
        Assert.ThrowsAny<OperationCanceledException>(() => runner.Run(new Laboratory(_model, Options), cancellationToken: source.Token));
        var counting = new Counting(new());
        Assert.Equal("part 1", Assert.Single(Run(counting, out _)).Tables[0].Rows[0][0].Text);
        Assert.Equal((1, 0), (counting.Runs, counting.Parts));
    }

    [Fact]
    public void Run_Only_SkipsOthersButKeepsWhatIsThere()
    {
        var (one, two) = (new Counting(new()), new Counting(new()) { Name = "other" });
        ReportStatus[] Statuses(string only) =>
            [.. new ExperimentRunner([one, two], [only]).Run(new Laboratory(_model, Options))
                .Select(outcome => outcome.ToSection().Status)];
        Assert.Equal([ReportStatus.Done, ReportStatus.Skipped], Statuses("counting"));
        Assert.Equal([ReportStatus.Done, ReportStatus.Done], Statuses("other"));
        Assert.Equal((1, 1), (one.Runs, two.Runs));
    }

    [Fact]
    public void Run_WithoutAStore_KeepsNothing()
    {
        var counting = new Counting(new());
        for (int i = 0; i < 2; i++)
            counting.Run(new Laboratory(_model));
        Assert.Equal(2, counting.Runs);
        Assert.Null(counting.Kept(new Laboratory(_model)));
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("inputs", 0)]       // what else was read need not be here
    [InlineData("unavailable", 0)]
    [InlineData("seed", 1)]
    [InlineData("version", 1)]
    [InlineData("model", 1)]
    public void Run_ResultThatCameWithTheModel_IsTakenWhereItFits(string? what, int runs)
    {
        new Counting(new()) { ItsInputs = "a file" }.Run(new Laboratory(_model, Options));
        var counting = new Counting(new() { Seed = what == "seed" ? 2 : 1 })
        {
            ItsVersion = what == "version" ? 2 : 1,
            ItsInputs = what == "inputs" ? "another file" : "a file",
            Missing = what == "unavailable" ? "there are no checkpoints." : null,
        };
        var model = what == "model" ? TinyModel.Create(vocabulary: 40, dModel: 8, dHead: 2, seed: 6) : _model;
        var files = Directory.GetFiles(_folder).ToDictionary(file => file, File.ReadAllText);
        var options = LaboratoryOptions.Quick with { Published = _folder };
        var outcome = Assert.Single(new ExperimentRunner([counting]).Run(new Laboratory(model, options)));
        Assert.Equal(runs, counting.Runs);
        Assert.Equal("part 1", Assert.IsType<CountingResult>(outcome.Result).Part);
        Assert.Equal(files, Directory.GetFiles(_folder).ToDictionary(file => file, File.ReadAllText)); // it is never written
    }

    [Fact]
    public void Run_Unavailable_IsSkippedWithItsReasonAndThrowsWhereItIsRunAlone()
    {
        var missing = new Counting(new()) { Missing = "there is no forward pass." };
        var section = Assert.Single(Run(missing, out _));
        Assert.Equal((ReportStatus.Skipped, "there is no forward pass."), (section.Status, section.Reason));
        var error = Assert.Throws<InvalidOperationException>(() => missing.Run(new Laboratory(_model)));
        Assert.Contains("there is no forward pass", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Progress_IsOfTheStepsThatAreTaken()
    {
        List<ExperimentProgress> seen = [];
        new Counting(new()).Run(new Laboratory(_model), new Told(seen));
        Assert.Equal(new ExperimentProgress(0, "counting"), Assert.Single(seen));
    }

    [Fact]
    public void ToSection_OfOneResult_IsMadeOnce()
    {
        var outcome = new ExperimentOutcome(new("counting", "Counted", "How often?"), new CountingResult("counting", "one"), null);
        Assert.Same(outcome.ToSection(), (outcome with { Skipped = "why" }).ToSection());
        var other = outcome with { Result = new CountingResult("counting", "two") };
        Assert.Equal(["one", "two"], new[] { outcome, other }.Select(one => one.ToSection().Tables[0].Rows[0][0].Text));
    }

    [Fact]
    public void Table_UnknownId_NamesThoseThereAre()
    {
        var result = new Counting(new()).Run(new Laboratory(_model));
        Assert.Equal("counting-table", result.Table("counting-table").Id);
        Assert.Contains("counting-table", Assert.Throws<ArgumentException>(() => result.Table("tabel")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_UnknownExperiment_NamesThoseThereAre()
    {
        string message = Assert.Throws<ArgumentException>(() => new ExperimentRunner(ClaimExperiments.All(), ["fronteir"])).Message;
        Assert.Contains("'fronteir'", message, StringComparison.Ordinal);
        Assert.Contains("frontier", message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireWritable_FolderThatCannotBe_NamesIt()
    {
        string file = Path.Combine(_folder, "a-file");
        File.WriteAllText(file, "");
        var error = Assert.Throws<FileException>(() => AtomicFile.RequireWritable(Path.Combine(file, "out")));
        Assert.Contains("a-file", error.Message, StringComparison.Ordinal);
    }

    private LaboratoryOptions Options => LaboratoryOptions.Quick with { Store = _folder };

    private ReportSection[] Run(Counting counting, out IReadOnlyList<string> remarks)
    {
        var laboratory = new Laboratory(_model, Options);
        var outcomes = new ExperimentRunner([counting]).Run(laboratory);
        remarks = laboratory.Store.Remarks;
        return [.. outcomes.Select(outcome => outcome.ToSection())];
    }

    private static string Json(IReadOnlyList<ReportSection> sections) => JsonSerializer.Serialize(sections, ReportDocument.Json);

    private sealed class Told(List<ExperimentProgress> seen) : IProgress<ExperimentProgress>
    {
        public void Report(ExperimentProgress value) => seen.Add(value);
    }

    private sealed record CountingOptions : ExperimentOptions
    {
        public string Label { get; init; } = "part";
    }

    private sealed record CountingResult(string Name, string Part) : ExperimentResult
    {
        public override ReportSection ToSection() => new()
        {
            Id = Name,
            Title = "Counted",
            Question = "How often?",
            Tables = [new(Name + "-table", "t", [ReportColumn.Text("part")], [[Part]]) { Units = "" }],
        };
    }

    // Counts its runs and the parts it computed.
    private sealed class Counting(CountingOptions options) : Experiment<CountingOptions, CountingResult>(options)
    {
        public int Runs { get; private set; }
        public int Parts { get; private set; }
        public Action? AfterPart { get; init; }
        public string? Missing { get; init; }
        public string Name { get; init; } = "counting";
        public int ItsVersion { get; init; } = 1;
        public string? ItsInputs { get; init; }

        public override ExperimentInfo Info => new(Name, "Counted", "How often?");

        protected override int Version => ItsVersion;

        public override string? Unavailable(Laboratory laboratory) => Missing;

        protected override string? Inputs(Laboratory laboratory) => ItsInputs;

        protected override CountingResult Measure(ExperimentRun run)
        {
            Runs++;
            string part = run.Steps(1).Next("counting", () => run.Part("part", () => $"{Options.Label} {++Parts}"));
            AfterPart?.Invoke();
            return new(Name, part);
        }
    }
}
