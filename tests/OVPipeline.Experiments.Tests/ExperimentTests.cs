using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class ExperimentTests : IDisposable
{
    private static readonly string[] s_weightsOnly = ["reproduction", "frontier", "fairness"];
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-claim-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_TinyModel_FindsTheHeadThatCopies()
    {
        var report = Report(TinyModel.Create());
        var heads = Table(report, "heads");
        Assert.Equal(("1.2", 6), (heads.Rows[0][0].Text, heads.Rows.Count));
        var pairs = Table(report, "pairs");
        Assert.Equal(6, pairs.Rows.Count); // three of each layer
        var arms = Table(report, "frontier-arms");
        double Top1(string way, double rank) => arms.Rows.Single(row => row[0].Text == way && row[1].Number == rank)[3].Number!.Value;
        Assert.True(Top1("fitted, free", 16) > Top1("fitted, free", 1), "More rank did not copy more.");
        Assert.True(Top1("fitted, free", 4) >= heads.Rows[0][2].Number, "A fit copied less than a head of its rank.");
        var reach = Table(report, "frontier-reach").Rows.First(row => row[0].Text!.Contains("as the best head", StringComparison.Ordinal));
        Assert.True(reach[4].Number <= 4, "The rank that reaches the best head is above its own.");
        var controls = Table(report, "controls");
        double Control(string name) => controls.Rows.Single(row => row[0].Text == name)[4].Number!.Value;
        Assert.True(Control("copier") > Control("a random permutation as target"), "Embeddings that agree did not help.");
        Assert.True(Control("copier") > Control("copier of an untrained model"), "Noise copied as well.");
        Assert.All(Table(report, "held-out").Rows, row => Assert.Equal(2, row[2].Number));
    }

    [Fact]
    public void Run_Twice_GivesTheSameFigures()
    {
        string first = Report(TinyModel.Create(60, 8, 1, 2, 2)).ToJson();
        Directory.Delete(Path.Combine(_folder, "cache"), recursive: true);
        Assert.Equal(first, Report(TinyModel.Create(60, 8, 1, 2, 2)).ToJson());
    }

    [Theory]
    [InlineData(30, 8, 1, 1, 8)] // one layer of one head, as wide as the model
    [InlineData(12, 4, 1, 2, 4)] // fewer tokens than a hundred, two heads as wide as the model each
    [InlineData(4, 2, 1, 1, 1)]  // fewer tokens than the top 5
    [InlineData(20, 6, 3, 2, 3)]
    [InlineData(25, 4, 1, 2, 6)] // heads wider than the model
    public void Run_OddShapes_GivesAWholeReport(int vocabulary, int dModel, int layers, int heads, int dHead)
    {
        var report = Report(TinyModel.Create(vocabulary, dModel, layers, heads, dHead));
        Assert.All(report.Sections, section => Assert.Equal(ReportStatus.Done, section.Status));
        Assert.All(report.Sections, section => Assert.NotEmpty(section.Statements));
        Assert.True(Table(report, "frontier-arms").Rows.All(row => row[1].Number <= dModel), "A rank is above d_model.");
        Assert.True(File.Exists(Path.Combine(_folder, "report.html")));
    }

    [Fact]
    public void Write_Report_HasAFileForEachTableAndChart()
    {
        var report = Report(TinyModel.Create(40, 8, 1, 2, 2));
        Assert.Equal(report.Sections.SelectMany(section => section.Tables).Select(table => table.Id + ".csv").Order(), Names("tables"));
        Assert.Equal(report.Sections.SelectMany(section => section.Charts).Select(chart => chart.Id + ".png").Order(), Names("pictures"));
        Assert.Equal(report.ToJson(), File.ReadAllText(Path.Combine(_folder, "results.json")));
        Assert.Contains("tiny &lt;b&gt;&amp;amp;", File.ReadAllText(Path.Combine(_folder, "report.html")), StringComparison.Ordinal);
    }

    private IEnumerable<string?> Names(string folder) =>
        Directory.EnumerateFiles(Path.Combine(_folder, folder)).Select(Path.GetFileName).Order();

    private static ReportTable Table(ReportDocument report, string id) =>
        report.Sections.SelectMany(section => section.Tables).Single(table => table.Id == id);

    private ReportDocument Report(TransformerCheckpoint model)
    {
        var experiments = ClaimExperiments.All(quick: true).Where(experiment => s_weightsOnly.Contains(experiment.Info.Name)).ToArray();
        var laboratory = new Laboratory(model, LaboratoryOptions.Quick with { Store = Path.Combine(_folder, "cache") });
        var report = ClaimReport.Of(laboratory, new ExperimentRunner(experiments).Run(laboratory));
        report.Save(_folder);
        return report;
    }
}
