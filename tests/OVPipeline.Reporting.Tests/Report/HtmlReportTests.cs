using System.Text.Json;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests.Report;

public sealed class HtmlReportTests
{
    private const string Hostile = "<script>alert('1')</script> & \"quotes\"";

    private static ReportDocument Document(string text = "Text", string link = "the-table") => new()
    {
        Title = text,
        Lead = text,
        Facts = [new(text, text)],
        Footer = [text],
        Sections =
        [
            new()
            {
                Id = "one",
                Title = text,
                Question = text,
                Statements = [new(ReportTopic.Can, text, link)],
                Tables = [new("the-table", text, [ReportColumn.Text(text), ReportColumn.Number("n", 1, text)], [[text, 1]])
                {
                    Units = text,
                    Note = text,
                }],
                Charts = [ReportChart.Lines("the-picture", text, text, text, text, [new(text, [1, 2], [1, 2])])],
                Notes = [new(text, text)],
            },
            ReportSection.Skipped("two", text, text, text),
        ],
    };

    [Fact]
    public void Write_HostileText_IsEncodedEverywhere()
    {
        string html = HtmlReport.Write(Document(Hostile));
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\"quotes\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("& ", html[html.IndexOf("</style>", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AnyReport_NeedsNothingFromElsewhere()
    {
        string html = HtmlReport.Write(Document());
        foreach (string outside in new[] { "http:", "https:", "<link", "<script", "@import", "url(" })
            Assert.DoesNotContain(outside, html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Write_Statement_LinksToItsTable()
    {
        string html = HtmlReport.Write(Document());
        Assert.Contains("href=\"#the-table\"", html, StringComparison.Ordinal);
        Assert.Contains("id=\"the-table\"", html, StringComparison.Ordinal);
        Assert.Contains("What rank can do", html, StringComparison.Ordinal);
        Assert.Contains("Not run: Text", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_StatementWithoutItsTable_SaysWhich()
    {
        var error = Assert.Throws<InvalidOperationException>(() => HtmlReport.Write(Document(link: "no-table")));
        Assert.Contains("'no-table'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_TwoPartsOfOneName_SaysWhich()
    {
        var report = Document();
        var error = Assert.Throws<InvalidOperationException>(() => HtmlReport.Write(
            report with { Sections = [.. report.Sections, report.Sections[0] with { Tables = [], Charts = [], Statements = [] }] }));
        Assert.Contains("'one'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_Section_RoundTrips()
    {
        var section = Document().Sections[0] with { Status = ReportStatus.NotInformative, Reason = "r" };
        var read = JsonSerializer.Deserialize<ReportSection>(JsonSerializer.Serialize(section, ReportDocument.Json), ReportDocument.Json)!;
        var report = Document() with { Sections = [section] };
        Assert.Equal(HtmlReport.Write(report), HtmlReport.Write(report with { Sections = [read] }));
    }

    [Fact]
    public void ToJson_Report_HasTablesButNoPictures()
    {
        var root = JsonDocument.Parse(Document().ToJson()).RootElement;
        Assert.Equal(2, root.GetProperty("schemaVersion").GetInt32());
        var section = root.GetProperty("sections")[0];
        Assert.Equal(1, section.GetProperty("tables")[0].GetProperty("rows")[0][1].GetDouble());
        Assert.Equal("can", section.GetProperty("statements")[0].GetProperty("topic").GetString());
        Assert.False(section.TryGetProperty("pictures", out _));
    }
}
