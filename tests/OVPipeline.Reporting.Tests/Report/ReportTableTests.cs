using System.Text.Json;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests.Report;

public sealed class ReportTableTests
{
    private static readonly ReportColumn[] s_columns =
        [ReportColumn.Text("circuit"), ReportColumn.Share("top1"), ReportColumn.Number("log loss", 2, "nats")];

    private static ReportTable Table(params ReportValue[][] rows) =>
        new("a-table", "A table", s_columns, rows) { Units = "all tokens" };

    [Fact]
    public void ToCsv_CommasQuotesAndMissing_FollowsRfc4180() => Assert.Equal(
        "circuit,top1,log_loss\r\n\"1.4, \"\"the\"\" head\",0.1,\r\nplain,0.30000000000000004,1E-05\r\n",
        Table(["1.4, \"the\" head", 0.1, double.NaN], ["plain", 0.1 + 0.2, 1e-5]).ToCsv());

    [Theory]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("a\nb", "\"a\nb\"")]
    [InlineData("a\rb", "\"a\rb\"")]
    [InlineData("\"", "\"\"\"\"")]
    [InlineData("a b;c'd", "a b;c'd")]
    public void ToCsv_EachCharacterThatNeedsQuotes_IsQuotedAndNoOther(string text, string field) =>
        Assert.Equal($"circuit,top1,log_loss\r\n{field},1,2\r\n", Table([text, 1, 2]).ToCsv());

    [Fact]
    public void Json_RoundTrip_KeepsEveryCell()
    {
        var table = Table(["head", 0.1 + 0.2, (double?)null], ["x", 1, 7.25]) with { Note = "n", ShownRows = 1, Exploratory = true };
        var read = JsonSerializer.Deserialize<ReportTable>(JsonSerializer.Serialize(table, ReportDocument.Json), ReportDocument.Json)!;
        Assert.Equal(table.ToCsv(), read.ToCsv());
        Assert.Equal((table.Id, table.Title, table.Units, table.Note, table.ShownRows, table.Exploratory),
            (read.Id, read.Title, read.Units, read.Note, read.ShownRows, read.Exploratory));
        Assert.Equal(table.Columns, read.Columns);
    }

    [Fact]
    public void Constructor_RowOfAnotherLength_NamesTableAndRow()
    {
        var error = Assert.Throws<ArgumentException>(() => Table(["x", 1, 2], ["y", 1]));
        Assert.Contains("a-table, row 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_NumberInTextColumn_NamesTheColumn() =>
        Assert.Contains("'circuit' is a text", Assert.Throws<ArgumentException>(() => Table([1, 1, 2])).Message, StringComparison.Ordinal);

    [Fact]
    public void ToCsv_HeadsOfAModel_AreAsManyLabelsAsHeads()
    {
        HeadIndex[] heads =
        [
            .. Enumerable.Range(0, 2).SelectMany(layer => Enumerable.Range(0, 12).Select(head => new HeadIndex(layer, head))),
        ];
        ReportValue[][] rows = [.. heads.Select(head => (ReportValue[])[head.ToString()])];
        var table = new ReportTable("t", "t", [ReportColumn.Heads("head")], rows) { Units = "" };
        string[] fields = table.ToCsv().Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.Equal(heads.Length, fields.Distinct().Count());
        Assert.All(fields, field => Assert.False(double.TryParse(field, System.Globalization.CultureInfo.InvariantCulture, out _), field));
        Assert.Equal(heads, fields.Select(HeadIndex.Parse));
        Assert.Equal("1.10", table.Columns[0].Show(table.Rows[22][0])); // on a screen as people write it
    }

    [Fact]
    public void ToCsv_NamesThatHoldHeads_HaveLabels()
    {
        ReportColumn[] columns = [ReportColumn.Heads("way"), ReportColumn.Text("token")];
        var table = new ReportTable("t", "t", columns, [["best pair 1.1 + 1.10, truncated", "1.10"]]) { Units = "" };
        Assert.Equal("way,token\r\n\"best pair L1H1+L1H10, truncated\",1.10\r\n", table.ToCsv()); // a token is what it is
    }

    [Theory]
    [InlineData("top1", "top1")]
    [InlineData("MRR", "mrr")]
    [InlineData("log loss", "log_loss")]
    [InlineData("d'", "d_prime")]
    [InlineData("d'² of a fit", "d_prime_squared_of_a_fit")]
    [InlineData("read: mean cos²", "read_mean_cos_squared")]
    public void Key_Heading_IsItsWords(string heading, string key) => Assert.Equal(key, ReportColumn.Number(heading).Key);

    [Theory]
    [InlineData("log-loss")]
    [InlineData("Top1")]
    [InlineData("")]
    public void Key_OfAnotherForm_Throws(string key) => Assert.Throws<ArgumentException>(() => ReportColumn.Number("a", key: key));

    [Fact]
    public void Constructor_TwoColumnsOfOneKey_NamesThem()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            new ReportTable("t", "t", [ReportColumn.Number("log loss"), ReportColumn.Number("log-loss")], []) { Units = "" });
        Assert.Contains("log_loss", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A B")]
    [InlineData("../x")]
    public void Constructor_BadId_Throws(string id) =>
        Assert.ThrowsAny<ArgumentException>(() => new ReportTable(id, "t", [ReportColumn.Text("a")], []) { Units = "" });

    [Theory]
    [InlineData(ReportColumnKind.Share, 1, 0.12345, "12.3 %")]
    [InlineData(ReportColumnKind.Count, 0, 3142, "3,142")]
    [InlineData(ReportColumnKind.Number, 2, -1.005, "-1.00")]
    [InlineData(ReportColumnKind.Number, 2, 0.0004, "0.00")]
    [InlineData(ReportColumnKind.Number, 4, 0.00004, "4e-5")]
    [InlineData(ReportColumnKind.Number, 1, 0, "0.0")]
    [InlineData(ReportColumnKind.Number, 1, double.NaN, "–")]
    public void Show_Value_IsFormatted(ReportColumnKind kind, int digits, double value, string expected) =>
        Assert.Equal(expected, new ReportColumn("c", kind, digits).Show(value));
}
