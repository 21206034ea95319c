using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests.Across;

public sealed class AcrossReportTests
{
    [Fact]
    public void Of_Models_HasTheirFiguresAndMeans()
    {
        ModelOutcomes[] models = [.. new[] { 5, 6, 7 }.Select(Reproduced)];
        var report = AcrossReport.Of(models);
        report.Check();
        Assert.DoesNotContain(report.Sections[0].Tables, other => other.Id == AcrossReport.MissingTable);
        var table = report.Sections[0].Tables[0];
        Assert.Equal(["model-5", "model-6", "model-7"], table.Columns.Skip(6).Take(3).Select(column => column.Name));
        double[] heads = [.. models.Select(model => 100 * model.Result<ReproductionResult>()!.Head.Row.Top1)];
        var row = table.Rows.Single(row => row[0].Text == "best head: copied tokens");
        var interval = MeanInterval.Of(heads);
        Assert.Equal(heads, row.Skip(6).Take(3).Select(cell => cell.Number!.Value));
        Assert.Equal(("%", 3d), (row[1].Text, row[5].Number));
        Assert.Equal(heads.Average(), row[2].Number!.Value, 1e-12);
        Assert.Equal(Math.Max(0, interval.Low), row[3].Number!.Value, 1e-12);
        Assert.Equal(Math.Min(100, interval.High), row[4].Number!.Value, 1e-12);
        Assert.DoesNotContain(table.Rows, other => other[^1].Text != "reproduction"); // nothing else was run
        var ahead = table.Rows.Single(row => row[0].Text!.StartsWith("trained pair less", StringComparison.Ordinal));
        double[] differences =
        [
            .. models.Select(model => model.Result<ReproductionResult>()!)
                .Select(found => 100 * (found.Copier.Row.Top1 - found.Pair!.Row.Top1)),
        ];
        Assert.Equal(differences.Average(), ahead[2].Number!.Value, 1e-12);
        Assert.StartsWith("In all 3 models a trained pair", report.Verdict!.Statements.Single().Text, StringComparison.Ordinal);
        string[] own = [.. models[0].Outcomes[0].ToSection().Statements.Select(one => one.Text)];
        var picture = Assert.Single(report.Sections[0].Charts, chart => chart.Id == "across-shares");
        Assert.True(picture.AreDots);
        Assert.Equal(["model-5", "model-6", "model-7", "mean over models"], picture.Series.Select(series => series.Name));
        int at = picture.Groups!.Index().Single(group => group.Item == "best head: copied tokens").Index;
        Assert.Equal(heads, picture.Series.Take(3).Select(series => series.Y[at]));
        Assert.Equal((heads.Average(), Math.Min(100, interval.High)), (picture.Series[3].Y[at], picture.Series[3].High![at]));
        Assert.Equal(table.Rows.Select(row => row[0].Text).Order(), report.Sections[0].Charts.SelectMany(chart => chart.Groups!).Order());
        Assert.Equal(own.Order(), report.Sections[1].Tables[0].Rows.Take(own.Length).Select(row => row[0].Text!).Order());
    }

    [Fact]
    public void Of_Models_SentencesKeepTheirNumbersInFiles()
    {
        var report = AcrossReport.Of([Reproduced(5), Reproduced(6)]);
        string[] sentences = [.. report.Sections[1].Tables[0].Rows.Select(row => row[0].Text!)];
        Assert.Contains(sentences, sentence => sentence.Contains('%', StringComparison.Ordinal));
        using var file = System.Text.Json.JsonDocument.Parse(report.ToJson());
        var rows = file.RootElement.GetProperty("sections")[1].GetProperty("tables")[0].GetProperty("rows");
        Assert.Equal(sentences, rows.EnumerateArray().Select(row => row[0].GetString()!)); // 76.3 % is no head
    }

    [Fact]
    public void Of_FigureThatAModelLacks_IsAMeanOverTheOthers()
    {
        var without = new ModelOutcomes("none", [new(Reproduction.Description, null, "it was not asked for.")]);
        var too = without with { Model = "nor this" };
        var both = AcrossReport.Of([Reproduced(5), without, too]).Sections[0].Tables.Single(one => one.Id == AcrossReport.MissingTable);
        Assert.Equal("none, nor this", both.Rows.Single()[0].Text);
        var report = AcrossReport.Of([Reproduced(5), without, Reproduced(6)]);
        var table = report.Sections[0].Tables[0];
        Assert.All(table.Rows, row => Assert.Equal(2, row[5].Number));
        Assert.All(table.Rows, row => Assert.True(row[7].IsMissing && row[6].Number is not null));
        var missing = report.Sections[0].Tables.Single(one => one.Id == AcrossReport.MissingTable);
        Assert.Equal(["none", Reproduction.Description.Title, "it was not asked for."], missing.Rows.Single().Select(cell => cell.Text));
        Assert.StartsWith("In all 2 models that have the figure (3 are compared) a trained pair", report.Verdict!.Statements[0].Text,
            StringComparison.Ordinal);
        Assert.All(report.Sections[1].Tables[0].Rows, row => Assert.Equal(2, row[2].Number));
        string counts = report.Sections[1].Statements.Single().Text;
        Assert.Contains("of experiments that do not have figures of every model", counts, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OneModelOrOneNameTwice_Throws()
    {
        string alone = Assert.Throws<ArgumentException>(() => AcrossReport.Of([Reproduced(5)])).Message;
        Assert.Contains("there is 1", alone, StringComparison.Ordinal);
        string message = Assert.Throws<ArgumentException>(() => AcrossReport.Of([Reproduced(5), Reproduced(5)])).Message;
        Assert.Contains("'model-5'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NothingRun_SaysNothing()
    {
        ModelOutcomes Empty(string name) => new(name, [new(Reproduction.Description, null, "it was not asked for.")]);
        var report = AcrossReport.Of([Empty("a"), Empty("b")]);
        report.Check();
        Assert.Null(report.Verdict);
        Assert.Empty(report.Sections[0].Tables[0].Rows);
    }

    [Theory]
    [InlineData(new double[] { 20, 25, 21 }, ReportTopic.Can, "In all 3 models a trained pair")]
    [InlineData(new double[] { 20, -1, 21 }, ReportTopic.Found, "In 2 of 3 models a trained pair")]
    [InlineData(new double[] { 0, -1 }, ReportTopic.Found, "In 0 of 2 models a trained pair")]
    public void Copies_Points_AreCounted(double[] points, ReportTopic topic, string said)
    {
        var row = new AcrossRow(AcrossFigures.CopierAhead, [.. points.Select(one => (double?)one)]);
        var statement = AcrossVerdict.Copies(row)!;
        Assert.Equal(topic, statement.Topic);
        Assert.StartsWith(said, statement.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 0, 0, ReportTopic.CannotExplain, "In all 2 models it is proved")]
    [InlineData(0, 2, 0, ReportTopic.Can, "in 2 it is proved that it does")]
    [InlineData(1, 1, 0, ReportTopic.Open, "In 1 of 2 models")]
    [InlineData(2, 0, 1, ReportTopic.Open, "In 2 of 3 models")]
    public void Binds_Verdicts_AreCounted(int free, int bound, int open, ReportTopic topic, string said)
    {
        RankVerdict?[] verdicts =
        [
            .. Enumerable.Repeat<RankVerdict?>(RankVerdict.DoesNotBind, free), .. Enumerable.Repeat<RankVerdict?>(RankVerdict.Binds, bound),
            .. Enumerable.Repeat<RankVerdict?>(RankVerdict.CannotBeTold, open),
        ];
        var statement = AcrossVerdict.Binds(verdicts)!;
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
        Assert.Null(AcrossVerdict.Binds([verdicts[0], null]));
        string some = AcrossVerdict.Binds([.. verdicts, null])!.Text;
        Assert.Contains($"that have the figure ({verdicts.Length + 1} are compared)", some, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_PatternsWhoseStartsDoNotAgree_HaveTheGapAlone()
    {
        ModelOutcomes Model(string name, double random)
        {
            FittedArm Fit(PatternPlan plan, int blocks)
            {
                double loss = plan.Kind switch
                {
                    PatternArmKind.Constant => 5,
                    PatternArmKind.RandomStart => random,
                    _ => 4.9,
                };
                return new(plan.Kind, plan.Name, plan.Terms, [new([loss]), new([loss])]);
            }
            var tiny = TinyModel.Create(vocabulary: 40, dModel: 8, dHead: 2);
            HeadIndex a = new(1, 0), b = new(1, 1);
            var unfitted = new OneOrTwoPatternsResult
            {
                Gate = new(a, b, [new(a, 0.6, 0.3), new(b, 0.5, 0.2)]),
                Model = tiny.Weights.Config,
                FitSeeds = 2,
                FittedTokens = 0,
                JudgedBlocks = 1,
                Arms = [],
                AsItIs = new([4.95]),
                Ablated = new([5.1]),
            };
            var plans = PatternPlan.All(tiny.Weights.Config, unfitted.Gate, tiny.Weights);
            var found = OneOrTwoPatterns.Compared(plans, [1], Fit, blocks => (blocks, blocks), unfitted);
            return new(name, [new(OneOrTwoPatterns.Description, found, null)]);
        }
        var rows = AcrossReport.Of([Model("agree", 4.901), Model("apart", 4.95)]).Sections[0].Tables[0].Rows;
        var gap = rows.Single(row => row[0].Text!.StartsWith("what it matters", StringComparison.Ordinal));
        Assert.Equal([0.001, 0.05], gap.Skip(6).Take(2).Select(cell => Math.Round(cell.Number!.Value, 9)));
        var kept = rows.Single(row => row[0].Text == "gain kept: one pattern, a head's rank");
        Assert.Equal((true, 100d), (kept[7].IsMissing, Math.Round(kept[6].Number!.Value, 9)));
    }

    private static ModelOutcomes Reproduced(int seed)
    {
        var model = TinyModel.Create(vocabulary: 40, dModel: 8, dHead: 2, seed: seed);
        return new($"model-{seed}", new ExperimentRunner([new Reproduction(ReproductionOptions.Quick)]).Run(new Laboratory(model)));
    }
}
