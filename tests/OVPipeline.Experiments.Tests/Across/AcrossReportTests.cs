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
        var table = report.Sections[0].Tables.Single();
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
        Assert.Equal(own.Order(), report.Sections[1].Tables[0].Rows.Take(own.Length).Select(row => row[0].Text!).Order());
    }

    [Fact]
    public void Of_FigureThatAModelLacks_IsAMeanOverTheOthers()
    {
        var without = new ModelOutcomes("none", [new(Reproduction.Description, null, "it was not asked for.")]);
        var table = AcrossReport.Of([Reproduced(5), without, Reproduced(6)]).Sections[0].Tables[0];
        Assert.All(table.Rows, row => Assert.Equal(2, row[5].Number));
        Assert.All(table.Rows, row => Assert.True(row[7].IsMissing && row[6].Number is not null));
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
        RankVerdict[] verdicts =
        [
            .. Enumerable.Repeat(RankVerdict.DoesNotBind, free), .. Enumerable.Repeat(RankVerdict.Binds, bound),
            .. Enumerable.Repeat(RankVerdict.CannotBeTold, open),
        ];
        var statement = AcrossVerdict.Binds(verdicts)!;
        Assert.Equal(topic, statement.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
        Assert.Null(AcrossVerdict.Binds(verdicts[..1]));
    }

    private static ModelOutcomes Reproduced(int seed)
    {
        var model = TinyModel.Create(vocabulary: 40, dModel: 8, dHead: 2, seed: seed);
        return new($"model-{seed}", new ExperimentRunner([new Reproduction(ReproductionOptions.Quick)]).Run(new Laboratory(model)));
    }
}
