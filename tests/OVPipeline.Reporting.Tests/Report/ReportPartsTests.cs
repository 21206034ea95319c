using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests.Report;

/// <summary>What a part of a report has of what was found: all of it, in its place.</summary>
public sealed class ReportPartsTests
{
    private static readonly ReportTerm s_head = new("head", "It attends.");

    [Fact]
    public void Section_EveryKindOfPart_IsThereInItsOrder()
    {
        string html = Section(new()
        {
            Id = "one",
            Title = "Title & more",
            Question = "Which?",
            Statements = [new(ReportTopic.Can, "First.", "a"), new(ReportTopic.Open, "Second.", "b")],
            Charts = [Lines("chart-a", "Caption A."), Lines("chart-b", "Caption B.")],
            Tables = [Table("a"), Table("b")],
            Notes = [new("Note A", "Of it."), new("Note B", "Of that.")],
        });
        string[] parts =
        [
            "<section id=\"one\">", "<h2>Title &amp; more</h2>", "<p class=\"question\">Which?</p>",
            "<ul class=\"statements\">\n<li>First. <a class=\"source\" href=\"#a\"", "<li>Second. <a class=\"source\" href=\"#b\"",
            "id=\"chart-a\"", "<figcaption><b>Chart &amp; more.</b> Caption A.</figcaption>", "id=\"chart-b\"", "Caption B.",
            "<div class=\"table\" id=\"a\">", "<div class=\"table\" id=\"b\">", "<div class=\"note\"><b>Note A.</b> Of it.</div>",
            "<div class=\"note\"><b>Note B.</b> Of that.</div>", "</details>\n</section>\n",
        ];
        int[] places = [.. parts.Select(part => html.IndexOf(part, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.All(parts, part => Assert.Equal(2, html.Split(part).Length));
        Assert.DoesNotContain("class=\"reason\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("badge", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "<ul class=\"statements\">\n<li>Said 1. ")]
    [InlineData(0, null)]
    public void Section_Statements_AreAListWhereThereAreAny(int count, string? list)
    {
        string html = Section(new()
        {
            Id = "one",
            Title = "T",
            Question = "?",
            Statements = [.. Enumerable.Range(1, count).Select(i => new ReportStatement(ReportTopic.Can, $"Said {i}.", "a"))],
        });
        Assert.Equal(list is not null, html.Contains("class=\"statements\"", StringComparison.Ordinal));
        Assert.Contains(list ?? "</p>\n</details>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ReportStatus.Done, true, "<h2>T <span class=\"badge\">exploratory</span></h2>")]
    [InlineData(ReportStatus.Done, false, "<h2>T</h2>")]
    [InlineData(ReportStatus.Skipped, true, "<h2>T <span class=\"badge\">not run</span></h2>")]
    [InlineData(ReportStatus.NotInformative, true, "<h2>T <span class=\"badge\">not informative here</span></h2>")]
    public void Section_Kind_IsItsBadge(ReportStatus status, bool exploratory, string title)
    {
        string html = Section(new() { Id = "one", Title = "T", Question = "?", Status = status, Exploratory = exploratory });
        Assert.Contains(title, html, StringComparison.Ordinal);
        Assert.Equal(status != ReportStatus.Done, html.Contains(": no reason given</p>", StringComparison.Ordinal));
    }

    [Fact]
    public void Section_Terms_AreLinkedInEverySentenceButOnceAPart()
    {
        StringBuilder html = new();
        GlossaryHtml terms = new([s_head]);
        ReportSection[] sections =
        [
            new() { Id = "q", Title = "T", Question = "A head?" }, new() { Id = "again", Title = "T", Question = "A head, a head?" },
            new() { Id = "said", Title = "T", Question = "?", Statements = [new(ReportTopic.Can, "A head.", "a")] },
            new() { Id = "chart", Title = "T", Question = "?", Charts = [Lines("c", "Of a head.")] },
            new() { Id = "note", Title = "T", Question = "?", Notes = [new("N", "Of a head.")] },
        ];
        foreach (var section in sections)
            SectionHtml.Append(html, section, terms);
        string[] parts = html.ToString().Split("<section ")[1..];
        Assert.Equal(sections.Length, parts.Length);
        Assert.All(parts, part => Assert.Single(Regex.Matches(part, "href=\"#term-head\"")));
    }

    [Fact]
    public void Table_Numbers_AreThereInFullBesideWhatIsShown()
    {
        string html = TableHtml(new("t", "Of <all>",
            [ReportColumn.Text("name"), ReportColumn.Number("loss", 2, "nats")], [["a", 1.23456789], ["b", double.NaN]])
        {
            Units = "all tokens",
            Note = "And a note.",
        });
        Assert.Contains("<th scope=\"row\">a</th><td class=\"n\" data-v=\"1.23456789\">1.23</td>", html, StringComparison.Ordinal);
        Assert.Contains("role=\"region\" aria-label=\"Of &lt;all&gt;\"", html, StringComparison.Ordinal);
        Assert.Contains("<caption><span>Of &lt;all&gt;</span></caption>", html, StringComparison.Ordinal);
        Assert.EndsWith("<p class=\"units\">all tokens And a note. <a href=\"tables/t.csv\">t.csv</a></p>\n</div>\n", html,
            StringComparison.Ordinal);
        Assert.DoesNotContain("href", TableHtml(Table("t"), file: false), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_OfAnyLength_HasAllRowsWhereNoneAreHeldBack()
    {
        ReportValue[][] rows = [.. Enumerable.Range(0, 200).Select(i => (ReportValue[])[$"row {i}"])];
        string html = TableHtml(new("t", "T", [ReportColumn.Text("name")], rows) { Units = "all" });
        Assert.Equal(
            rows.Select((_, i) => $"row {i}"), Regex.Matches(html, "<th scope=\"row\">(.*?)</th>").Select(cell => cell.Groups[1].Value));
    }

    [Fact]
    public void Chart_Lines_HasPictureDataAndValues()
    {
        var chart = ReportChart.Lines("c", "Chart & more", "Caption.", "rank", "nats",
        [
            new("a", [4, 1, 0.1234567], [1.23456, 5, double.NaN])
            {
                Low = [0.5, double.NaN, double.NaN],
                High = [1.5, double.NaN, 9],
                Band = true,
            },
            new("a", [2, 4], [7, 8]) { Reference = true },
        ], xTicks: [1, 2, 4]);
        string html = ChartHtmlOf(chart);
        var picture = chart.Draw();
        Assert.Contains(
            $"\" width=\"{picture.Width}\" height=\"{picture.Height}\" alt=\"Chart &amp; more\">", html, StringComparison.Ordinal);
        Assert.NotEqual(picture.Width, picture.Height);
        string png = Regex.Match(html, "base64,([^\"]*)\"").Groups[1].Value;
        Assert.Equal(picture.Png, Convert.FromBase64String(png));
        Assert.Contains("<figcaption><b>Chart &amp; more.</b> Caption.</figcaption>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"tables/", html, StringComparison.Ordinal); // a chart's values have no file of their own

        var data = Data(html);
        Assert.Equal([1.0, 2, 4], data.GetProperty("xTicks").EnumerateArray().Select(tick => tick.GetDouble()));
        Assert.False(data.GetProperty("labels").GetBoolean());
        Assert.False(data.GetProperty("dots").GetBoolean());
        Assert.Equal(3, data.GetProperty("decimals").GetInt32());
        var series = data.GetProperty("series").EnumerateArray().ToArray();
        Assert.Equal(["True False", "False True"], series.Select(one => $"{one.GetProperty("band")} {one.GetProperty("reference")}"));
        Assert.Equal(["1.23456", "5", "null"], series[0].GetProperty("y").EnumerateArray().Select(y => y.GetRawText()));
        Assert.Equal(["1.5", "null", "9"], series[0].GetProperty("high").EnumerateArray().Select(y => y.GetRawText()));

        // A row a position, in their order; a column a series and its interval, each of a name of its own.
        var values = ChartHtml.Values(chart);
        Assert.Equal(["rank", "a", "a: from", "a: to", "a (2)"], values.Columns.Select(column => column.Name));
        Assert.Equal(
            ["0.123457 – – 9.000 –", "1 5.000 – – –", "2 – – – 7.000", "4 1.235 0.500 1.500 8.000"],
            values.Rows.Select(row => string.Join(' ', row.Select((value, i) => values.Columns[i].Show(value)))));
        Assert.Equal("nats.", values.Units);
    }

    [Fact]
    public void Chart_Bars_HasARowAGroup()
    {
        var chart = ReportChart.Bars("c", "T", "C", "share, %", ["one", "two"], [new("a", [], [1.5, double.NaN])]);
        var values = ChartHtml.Values(chart);
        Assert.Equal(("of", "share, %."), (values.Columns[0].Name, values.Units));
        Assert.Equal(["one", "two"], values.Rows.Select(row => values.Columns[0].Show(row[0])));
        Assert.Equal(["1.5", "–"], values.Rows.Select(row => values.Columns[1].Show(row[1])));
        Assert.True(Data(ChartHtmlOf(chart)).GetProperty("labels").GetBoolean());
        var dots = ReportChart.Dots("c", "T", "C", "nats", ["one"], [new("a", [], [1]), new("b", [], [2])]);
        Assert.True(Data(ChartHtmlOf(dots)).GetProperty("dots").GetBoolean());
    }

    private static ReportTable Table(string id) => new(id, "T", [ReportColumn.Text("name")], [["x"]]) { Units = "all" };

    private static ReportChart Lines(string id, string caption) =>
        ReportChart.Lines(id, "Chart & more", caption, "x", "y", [new("a", [1, 2], [1, 2])]);

    private static string Section(ReportSection section)
    {
        StringBuilder html = new();
        SectionHtml.Append(html, section, new([]));
        return html.ToString();
    }

    private static string TableHtml(ReportTable table, bool file = true)
    {
        StringBuilder html = new();
        ReportTableHtml.Append(html, table, file);
        return html.ToString();
    }

    private static string ChartHtmlOf(ReportChart chart)
    {
        StringBuilder html = new();
        ChartHtml.Append(html, chart, chart.Caption);
        return html.ToString();
    }

    private static JsonElement Data(string html) =>
        JsonDocument.Parse(Regex.Match(html, "<script type=\"application/json\">(.*?)</script>").Groups[1].Value).RootElement;
}
