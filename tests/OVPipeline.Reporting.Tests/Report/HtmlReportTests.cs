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
        string html = OwnPart(HtmlReport.Write(Document(Hostile) with
        {
            Verdict = new() { Statements = [new(ReportTopic.Open, Hostile, "the-table")], Sureness = Hostile },
            Glossary = [new(Hostile, Hostile)],
        }));
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\"quotes\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("& ", html[html.IndexOf("</style>", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.Equal(1, Count(html, "<script type=\"application/json\">")); // the chart's data, which holds it encoded too
    }

    [Fact]
    public void Write_AnyReport_NeedsNothingFromElsewhere()
    {
        string html = OwnPart(HtmlReport.Write(Document()));
        foreach (string outside in new[] { "http:", "https:", "<link", " src=\"h", "@import", "url(" })
            Assert.DoesNotContain(outside, html, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Write_Charts_BringTheLibraryAndNothingElseDoes(bool charts)
    {
        var report = Document();
        string html = HtmlReport.Write(charts ? report : report with { Sections = [report.Sections[0] with { Charts = [] }] });
        Assert.Equal(charts, html.Contains("plotly.js (basic", StringComparison.Ordinal));
        Assert.EndsWith("</body>\n</html>\n", html, StringComparison.Ordinal);
        Assert.Equal(1, Count(html, "</body>"));
    }

    [Fact]
    public void Write_Verdict_StandsBeforeTheFoldedFindings()
    {
        var report = Document() with
        {
            Verdict = new()
            {
                Statements = [new(ReportTopic.Can, "In short.", "the-table")],
                Sureness = "One model.",
                Figure = ReportChart.Bars("figure", "F", "c", "%", ["a"], [new("s", [], [1])]),
            },
        };
        string html = HtmlReport.Write(report);
        int At(string part) => html.IndexOf(part, StringComparison.Ordinal);
        Assert.InRange(At("<dt>What rank can do</dt><dd>In short. <a class=\"source\" href=\"#the-table\""), 1, At("<dt>How sure</dt>"));
        Assert.InRange(At("<dd>One model.</dd>"), At("<dt>How sure</dt>"), At("id=\"figure\""));
        Assert.InRange(At("id=\"figure\""), 1, At("id=\"answer\""));
        Assert.Contains("<section id=\"answer\">\n<details class=\"part\">", html, StringComparison.Ordinal);
        Assert.Contains("<section id=\"answer\">\n<details class=\"part\" open>", HtmlReport.Write(Document()), StringComparison.Ordinal);
        var missing = report with { Verdict = report.Verdict with { Statements = [new(ReportTopic.Can, "x", "no-table")] } };
        Assert.Contains("'no-table'", Assert.Throws<InvalidOperationException>(() => HtmlReport.Write(missing)).Message,
            StringComparison.Ordinal);
        var json = JsonDocument.Parse(report.ToJson()).RootElement.GetProperty("verdict");
        Assert.Equal("One model.", json.GetProperty("sureness").GetString());
    }

    [Fact]
    public void Write_Terms_AreLinkedOnceAPartToTheirEntries()
    {
        var report = Document("A head, two heads and d' of a header; rank-one heads.");
        string html = HtmlReport.Write(report with
        {
            Glossary = [new("head", "It attends.") { Forms = ["heads"] }, new("d'", "How far."), new("rank", "How many.")],
        });
        string answer = Answer(html);
        Assert.Contains("A <a class=\"term\" href=\"#term-head\" title=\"It attends.\">head</a>, two heads and <a class=\"term\" "
            + "href=\"#term-d\" title=\"How far.\">d&#39;</a> of a header; rank-one heads.", answer, StringComparison.Ordinal);
        Assert.Equal(1, Count(answer, "#term-head"));
        Assert.Contains("<div id=\"term-head\"><dt><dfn>head</dfn></dt><dd>It attends.</dd></div>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"glossary\"", HtmlReport.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_TermWithinALongerOne_IsNotLinkedInItsPlace()
    {
        string answer = Answer(HtmlReport.Write(Document("Its copying score is 1.") with
        {
            Glossary = [new("copying", "One."), new("copying score", "Another.")],
        }));
        Assert.Contains("href=\"#term-copying-score\" title=\"Another.\">copying score</a> is 1.", answer, StringComparison.Ordinal);
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
    public void Statement_SentenceInThePlaceOfItsTable_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new ReportStatement(ReportTopic.Can, "the-table", "It copies 3 of 4 tokens."));

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

    [Fact]
    public void ToJson_Heads_AreLabels()
    {
        var table = new ReportTable("t", "T", [ReportColumn.Heads("head"), ReportColumn.Text("token")], [["1.10", "1.10"]]) { Units = "" };
        var row = JsonDocument.Parse(Of(table).ToJson()).RootElement.GetProperty("sections")[0].GetProperty("tables")[0]
            .GetProperty("rows")[0];
        Assert.Equal(("L1H10", "1.10"), (row[0].GetString(), row[1].GetString()));
    }

    [Fact]
    public void Write_LongTable_ShowsTheFirstRowsAndSaysSo()
    {
        var table = new ReportTable("t", "T", [ReportColumn.Text("name")], [["first"], ["second"], ["third"]]) { Units = "" };
        string some = HtmlReport.Write(Of(table with { ShownRows = 2 })), all = HtmlReport.Write(Of(table));
        Assert.Contains("The first 2 of 3 rows. ", some, StringComparison.Ordinal);
        Assert.Contains(">first</th>", some, StringComparison.Ordinal);
        Assert.DoesNotContain(">third</th>", some, StringComparison.Ordinal);
        Assert.Contains(">third</th>", all, StringComparison.Ordinal);
        Assert.DoesNotContain("The first", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Table_HasUnitsAndNumbersAtTheRight()
    {
        ReportColumn[] columns = [ReportColumn.Text("name"), ReportColumn.Number("loss", 2, "nats")];
        string html = HtmlReport.Write(Of(new("t", "T", columns, [["a", 1.5]]) { Units = "all tokens", Note = "A note." }));
        Assert.Contains(
            "<th scope=\"col\">name</th><th scope=\"col\" class=\"n\">loss <small>nats</small></th>", html, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">a</th><td class=\"n\" data-v=\"1.5\">1.50</td>", html, StringComparison.Ordinal);
        Assert.Contains("<p class=\"units\">all tokens A note. <a href=\"tables/t.csv\">", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void Write_ExploratoryTable_HasABadge(bool exploratory, int badges)
    {
        var table = new ReportTable("t", "T", [ReportColumn.Text("name")], []) { Units = "", Exploratory = exploratory };
        Assert.Equal(badges, Count(HtmlReport.Write(Of(table)), "<span class=\"badge\">exploratory</span>"));
    }

    [Fact]
    public void Write_SentenceOfTwoSections_IsSaidOnceInTheAnswer()
    {
        var report = Document("Said");
        var second = report.Sections[0] with
        {
            Id = "three",
            Tables = [new("other", "T", [ReportColumn.Text("name")], []) { Units = "" }],
            Charts = [],
            Statements = [new(ReportTopic.Can, "Said", "other")],
        };
        string html = HtmlReport.Write(report with { Sections = [report.Sections[0], second] });
        Assert.Equal(1, Count(Answer(html), "<li>Said <a"));
    }

    [Fact]
    public void Write_PartsThatAreNotDone_StandInTheAnswerWithTheirReasons()
    {
        var report = Document();
        var silent = new ReportSection
        {
            Id = "s",
            Title = "S",
            Question = "?",
            Status = ReportStatus.NotInformative,
            Reason = "too small",
        };
        string html = HtmlReport.Write(
            report with { Sections = [report.Sections[0], ReportSection.Skipped("k", "K", "?", "no text"), silent] });
        Assert.Contains("<li><a href=\"#k\">K</a>: no text</li>", Answer(html), StringComparison.Ordinal);
        Assert.Contains("<li><a href=\"#s\">S</a>: too small</li>", Answer(html), StringComparison.Ordinal);
        Assert.Equal(2, Count(Answer(html), "<li><a href"));
        Assert.Contains("<p class=\"reason\">Not run: no text</p>", html, StringComparison.Ordinal);
        Assert.Contains("<p class=\"reason\">Not informative on this model: too small</p>", html, StringComparison.Ordinal);
        Assert.Contains("<h2>K <span class=\"badge\">not run</span></h2>", html, StringComparison.Ordinal);
        Assert.Contains("<h2>S <span class=\"badge\">not informative here</span></h2>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ChartWithTheNameOfATable_SaysWhich()
    {
        var report = Document();
        var section = report.Sections[0] with { Charts = [ReportChart.Lines("the-table", "t", "c", "x", "y", [new("a", [1], [1])])] };
        var error = Assert.Throws<InvalidOperationException>(() => HtmlReport.Write(report with { Sections = [section] }));
        Assert.Contains("'the-table'", error.Message, StringComparison.Ordinal);
    }

    private static ReportDocument Of(ReportTable table) => new()
    {
        Title = "T",
        Lead = "L",
        Sections = [new() { Id = "one", Title = "One", Question = "?", Tables = [table] }],
    };

    // Without our scripts and the library's, which are the same in every page.
    private static string OwnPart(string html) => html[..html.IndexOf("<script>\n", StringComparison.Ordinal)];

    private static string Answer(string html)
    {
        int from = html.IndexOf("<section id=\"answer\">", StringComparison.Ordinal);
        return html[from..html.IndexOf("</section>", from, StringComparison.Ordinal)];
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
