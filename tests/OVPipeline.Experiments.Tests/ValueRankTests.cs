using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class ValueRankTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-rank-").FullName;

    // TinyModel.Create(40, 8)'s.
    private static readonly ValueRankShape s_shape = new(2, 3, 8, 4, 40);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(4, ReportTopic.Can, ReportTopic.Can)]               // 4, 5, 4 more heads at the small rank
    [InlineData(0, ReportTopic.Open, ReportTopic.Open)]             // no trend
    [InlineData(-4, ReportTopic.Open, ReportTopic.CannotExplain)]   // a threshold may do this to the count, not to the spread
    public void Run_Results_AnswerFollowsThem(int more, ReportTopic count, ReportTopic spread)
    {
        int[] noise = [0, 1, 0];
        Write(3, seed => [Row(4, seed, 6 + more + noise[seed - 1]), Row(16, seed, 6)]);
        var section = Run();
        Assert.Equal(ReportStatus.Done, section.Status);
        Assert.Equal([count, spread], section.Statements.Select(statement => statement.Topic));
        Assert.Equal([3, 3], Table(section, "value-rank-means").Rows.Select(row => (int)row[1].Number!.Value));
    }

    [Fact]
    public void Run_RankAtWhichNoHeadCopies_IsNotCompared()
    {
        Write(3, seed => [Row(2, seed, seed - 1), Row(4, seed, 8), Row(16, seed, 4 + seed % 2)]);
        var section = Run();
        Assert.Equal((ReportStatus.Done, ReportTopic.Can), (section.Status, section.Statements[0].Topic));
        const string Figures = "1.0 at rank 2, 8.0 at rank 4, 4.7 at rank 16; +3.3 from rank 16 to 4, 95 % interval 1.9 to 4.8";
        Assert.Contains(Figures, section.Statements[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_SmallRankIsBehindInTraining_SpreadIsLeftOpen()
    {
        Write(3, seed => [Row(4, seed, 8) with { LayerTop1 = 0.1 + 0.01 * seed }, Row(16, seed, 4 + seed % 2)]);
        var spread = Run().Statements[1];
        Assert.Equal(ReportTopic.Open, spread.Topic);
        Assert.Contains("12.0 % of the tokens at rank 4, 40.0 % at rank 16", spread.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 3, 8, 4, 41)]
    [InlineData(2, 3, 8, 5, 40)]
    [InlineData(2, 3, 9, 4, 40)]
    [InlineData(2, 4, 8, 4, 40)]
    [InlineData(1, 3, 8, 4, 40)]
    public void Run_ResultsOfAnotherShape_NamesItAndSaysNothing(int layers, int heads, int dModel, int dHead, int vocabulary)
    {
        var other = new ValueRankShape(layers, heads, dModel, dHead, vocabulary);
        Write(3, seed => [Row(4, seed, 8) with { Shape = other }, Row(16, seed, 4 + seed % 2) with { Shape = other }]);
        var section = Run();
        Assert.Equal(ReportStatus.NotInformative, section.Status);
        Assert.Empty(section.Statements);
        string shape = $"attention-only models of {layers} layers of {heads} heads, d_model {dModel}, d_head {dHead}, V {vocabulary}";
        Assert.Equal($"8. Change the rank in training: of {shape}", section.Title);
        Assert.Equal(2, Table(section, "value-rank-means").Rows.Count);
    }

    [Fact]
    public void Run_ResultsOfSeveralShapes_TakesThisModels()
    {
        Write(3, seed => [Row(4, seed, 8), Row(16, seed, 4 + seed % 2), Row(2, seed, 1) with { Shape = s_shape with { DModel = 9 } }]);
        var section = Run();
        Assert.Equal((ReportStatus.Done, 6), (section.Status, Table(section, "value-rank-runs").Rows.Count));
        Assert.Equal("8. Change the rank in training", section.Title);
    }

    [Fact]
    public void Read_OlderFileWithoutShapes_IsOfModelsOfUnknownShape()
    {
        Write(3, seed => [Row(4, seed, 8) with { Shape = null }, Row(16, seed, 4) with { Shape = null }]);
        Assert.DoesNotContain("layers", File.ReadAllLines(ValueRankRow.FileIn(_folder))[0], StringComparison.Ordinal);
        Assert.All(ValueRankRow.Read(_folder), row => Assert.Null(row.Shape));
        var section = Run();
        Assert.Empty(section.Statements);
        Assert.Contains("whose shape is not recorded", section.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        ValueRankRow[] rows = [Row(4, 1, 2), Row(4, 2, 3) with { Shape = s_shape with { Layers = 7 } }];
        Write(rows);
        Assert.Equal(rows, ValueRankRow.Read(_folder));
    }

    [Theory]
    [InlineData("value-rank", 13)]
    [InlineData("value-rank-10m", 9)]
    public void Read_DataOfTheRepository_IsOfTheEmbeddedModelsShapeAndSaysWhatItsPageHas(string folder, int models)
    {
        var config = TransformerCheckpoint.Load(Path.Combine(SharedFiles.Root, "data", "attn-only-2l-quarter")).Weights.Config;
        var rows = ValueRankRow.Read(Path.Combine(SharedFiles.Root, "data", folder));
        Assert.Equal(models, rows.Count);
        Assert.All(rows, row => Assert.True(row.Shape!.Is(config), $"{row.Shape}"));
        string page = Words(File.ReadAllText(Path.Combine(SharedFiles.Root, "data", "value-rank", "README.md")));
        foreach (var statement in ValueRankResult.Of(rows, config).ToSection().Statements)
            Assert.Contains(Words(statement.Text), page, StringComparison.Ordinal);

        static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData(2, 5, "2 at rank 4, 2 at rank 16")]
    [InlineData(3, 0, "3 at rank 4 (3 of them without a head that copies)")]
    public void Run_TooFewSeedsOrNoCopying_IsNotInformative(int seeds, int heads, string reason)
    {
        Write(seeds, seed => [Row(4, seed, heads), Row(16, seed, heads)]);
        var section = Run();
        Assert.Equal(ReportStatus.NotInformative, section.Status);
        Assert.Contains(reason, section.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 0.2, 0.2, 0.2, 0.0 }, 3)]
    [InlineData(new[] { 0.4, 0.0, -0.1 }, 1)]
    [InlineData(new[] { 0.0, 0.0 }, 0)]
    public void Effective_EqualParts_IsHowMany(double[] shares, double heads) => Assert.Equal(heads, ValueRankRow.Effective(shares), 1e-12);

    [Fact]
    public void Read_DamagedFile_NamesTheLine()
    {
        Write([Row(4, 1, 2)]);
        File.AppendAllText(ValueRankRow.FileIn(_folder), "4,x\n");
        Assert.Contains("line 3", Assert.Throws<InvalidDataException>(() => ValueRankRow.Read(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Cancelled_GoesOnWhereItWas()
    {
        Assert.SkipUnless(TorchLibrary.WhyUnavailable() is null, $"{TorchLibrary.WhyUnavailable()}");
        string text = Path.Combine(_folder, "text.txt");
        var sentences = Enumerable.Range(0, 120).Select(i => $"It was the {i} day of the week, and all was well.");
        File.WriteAllText(text, string.Join("\n\n", sentences));
        var tokenizer = TrainingTokenizer.Load(Path.Combine(SharedFiles.Root, "data", "attn-only-2l-quarter"));
        TextTokenization.Write(new TextSource(text), tokenizer, Path.Combine(_folder, "text.tokens"), threads: 1);
        using var file = TokenFile.Open(Path.Combine(_folder, "text.tokens"));
        var shape = new AttentionOnlyConfig
        {
            Vocabulary = tokenizer.Vocabulary,
            DModel = 8,
            Layers = 2,
            Heads = 2,
            DHead = 4,
            ContextLength = 16,
        };
        var vocabulary = new Vocabulary([.. Enumerable.Range(0, tokenizer.Vocabulary).Select(i => $"t{i}")]);
        var training = new TrainingOptions { Tokens = 128, BatchSize = 2, Threads = 1, LogTokens = 64 };
        var runs = new ValueRankRuns(shape, vocabulary, new(new TokenMixture(file)), training, new(), Path.Combine(_folder, "runs"));
        List<string> said = [];
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => runs.Run([1, 4], 1, said.Add, new Cancels(source), source.Token));
        var rows = runs.Run([1, 4], 1, said.Add, null, default);
        Assert.Contains(said, line => line.StartsWith("Going on with rank-001-seed-1 at 32 tokens", StringComparison.Ordinal));
        Assert.Equal([(1, 128L), (4, 128L)], rows.Select(row => (row.ValueRank, row.Tokens)));
        var read = ValueRankRow.Read(Path.Combine(_folder, "runs"));
        Assert.Equal(rows.Select(row => (row.ValueRank, row.CopyingHeads)), read.Select(row => (row.ValueRank, row.CopyingHeads)));
        said.Clear();
        runs.Run([1, 4], 1, said.Add, null, default);
        Assert.Equal(["rank-001-seed-1 is done.", "rank-004-seed-1 is done."], said);
    }

    [Fact]
    public void Run_Again_TakesWhatIsKeptUntilTheResultsChange()
    {
        Write(3, seed => [Row(4, seed, 8), Row(16, seed, 4 + seed % 2) with { ValidationLoss = double.NaN }]);
        var laboratory = Laboratory(Path.Combine(_folder, "store"));
        var experiment = new ValueRank(new() { Results = _folder });
        var first = experiment.Run(laboratory);
        var again = experiment.Kept(Laboratory(Path.Combine(_folder, "store")))!;
        Assert.Equal(Json(first), Json(again));
        Assert.Equal(first.Runs, again.Runs);
        Assert.Null(new ValueRank(new() { Results = _folder, Seed = 2 }).Kept(laboratory));
        Write([.. first.Runs, Row(8, 1, 5)]);
        Assert.Null(experiment.Kept(laboratory));
        Assert.Equal(7, experiment.Run(laboratory).Runs.Count);

        static string Json(ValueRankResult result) => JsonSerializer.Serialize(result.ToSection(), ReportDocument.Json);
    }

    [Fact]
    public void Result_Ranks_HaveTheFiguresOfTheSentences()
    {
        Write(3, seed => [Row(2, seed, seed - 1), Row(4, seed, 8), Row(16, seed, 4 + seed % 2)]);
        var result = new ValueRank(new() { Results = _folder }).Run(Laboratory());
        Assert.Null(result.NotInformative);
        Assert.Equal([2, 4, 16], result.Ranks.Select(rank => rank.ValueRank));
        Assert.Equal([4, 16], result.CopyingRanks.Select(rank => rank.ValueRank));
        Assert.Equal([3.0, 4, 3], result.Differences(run => run.CopyingHeads));
        Assert.Equal(MeanInterval.Of([3.0, 4, 3]), result.Change(run => run.CopyingHeads));
        Assert.Equal(14 / 3.0, result.Ranks[2].Mean(run => run.CopyingHeads).Estimate, 1e-12);
        Assert.Equal("3 at rank 2 (1 of them without a head that copies)", $"{result.Ranks[0]}");
    }

    [Fact]
    public void Unavailable_NoResults_SaysWhere()
    {
        Assert.StartsWith("there are no results: ", new ValueRank().Unavailable(Laboratory()), StringComparison.Ordinal);
        string? here = new ValueRank(new() { Results = _folder }).Unavailable(Laboratory());
        Assert.StartsWith($"there are no results in {_folder}: ", here, StringComparison.Ordinal);
    }

    private static ValueRankRow Row(int rank, int seed, int heads) => new()
    {
        ValueRank = rank,
        Seed = seed,
        Tokens = 1_000_000,
        ValidationLoss = 4.5,
        CopyingHeads = heads,
        InductionHeads = heads,
        BothHeads = heads,
        BestTop1 = 0.3,
        LayerTop1 = 0.4,
        BestInduction = 0.6,
        EffectiveCopying = heads,
        EffectiveInduction = heads,
        Shape = s_shape,
    };

    private void Write(int seeds, Func<int, ValueRankRow[]> ofSeed) => Write([.. Enumerable.Range(1, seeds).SelectMany(ofSeed)]);

    private void Write(ValueRankRow[] rows) => ValueRankRow.Write(_folder, rows);

    private ReportSection Run()
    {
        var experiment = new ValueRank(new() { Results = _folder });
        Assert.Null(experiment.Unavailable(Laboratory()));
        return experiment.Run(Laboratory()).ToSection();
    }

    private static Laboratory Laboratory(string? store = null) => new(TinyModel.Create(40, 8), new() { Store = store });

    private static ReportTable Table(ReportSection section, string id) => section.Tables.Single(table => table.Id == id);

    private sealed class Cancels(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => source.Cancel();
    }
}
