using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests.Report;

public sealed class ReportFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Save_Report_WritesEveryTableChartAndThePageAndItsData()
    {
        var report = Report("a-chart");
        string folder = Path.Combine(_folder, "made");
        Assert.Equal(Path.Combine(folder, "report.html"), report.Save(folder));
        Assert.Equal(
            [
                "pictures/a-chart.png", "pictures/b-chart.png", "pictures/one-more.png", "pictures/two-more.png", "report.html",
                "results.json", "tables/a.csv", "tables/b.csv",
            ],
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.Equal(HtmlReport.Write(report), File.ReadAllText(Path.Combine(folder, "report.html")));
        Assert.Equal(report.ToJson(), File.ReadAllText(Path.Combine(folder, "results.json")));
        foreach (var section in report.Sections)
        {
            Assert.Equal(section.Tables[0].ToCsv(), File.ReadAllText(Path.Combine(folder, "tables", section.Tables[0].Id + ".csv")));
            foreach (var chart in section.Charts)
                Assert.Equal(chart.Draw().Png, File.ReadAllBytes(Path.Combine(folder, "pictures", chart.Id + ".png")));
        }
    }

    [Fact]
    public void Save_ReportThatIsWrong_WritesNothing()
    {
        var report = Report("b-chart"); // two charts of one id
        var error = Assert.Throws<InvalidOperationException>(() => report.Save(_folder));
        Assert.Contains("'b-chart'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    private static ReportDocument Report(string chart) => new()
    {
        Title = "T",
        Lead = "L",
        Sections = [Section("one", "a", chart, 1), Section("two", "b", "b-chart", 2)],
    };

    private static ReportSection Section(string id, string table, string chart, double value) => new()
    {
        Id = id,
        Title = id,
        Question = "?",
        Tables = [new(table, "T", [ReportColumn.Text("name"), ReportColumn.Number("n")], [["é, \"x\"", value]]) { Units = "all" }],
        Charts =
        [
            ReportChart.Lines(chart, "C", "c", "x", "y", [new("s", [1, 2], [value, 3])]),
            ReportChart.Bars($"{id}-more", "C", "c", "x", ["g"], [new("s", [], [value])]),
        ],
    };
}
