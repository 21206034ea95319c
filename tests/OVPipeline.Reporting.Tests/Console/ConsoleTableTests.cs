using System.Globalization;
using OVPipeline.Core;
using Spectre.Console;
using Spectre.Console.Rendering;
using Xunit;

namespace OVPipeline.Reporting.Tests.Console;

/// <summary>Tables on consoles of any width: nothing is wider, no number is broken, and no column goes unsaid.</summary>
public sealed class ConsoleTableTests
{
    public static TheoryData<int> Widths { get; } = [20, 30, 40, 60, 80, 100, 120, 200];

    [Theory]
    [MemberData(nameof(Widths))]
    public void CopyingTable_AnyWidth_KeepsNumbersWhole(int width) => AssertWhole(CopyingTable.Of(Rows()), Cells(), width);

    [Theory]
    [MemberData(nameof(Widths))]
    public void ReportTable_OfShares_KeepsNumbersWhole(int width)
    {
        int[] ranks = [1, 2, 4, 8, 16, 32, 64, 128, 192];
        string[] ways =
        [
            "fitted, free",
            "fitted, at the head's norm",
            "no fit: top eigenvectors of W_E' W_E",
            "best pair 1.1 + 1.7, truncated",
        ];
        var table = new ReportTable("t", "Tokens that each rank puts first",
            [ReportColumn.Heads("r"), .. ranks.Select(rank => ReportColumn.Share($"{rank}") with { Priority = Math.Abs(rank - 16) })],
            [.. ways.Select((way, i) => (ReportValue[])[way, .. ranks.Select((rank, j) => (ReportValue)Value(i, j))])])
        { Units = "" };
        string[][] cells =
        [
            ["r", .. ranks.Select(rank => $"{rank}")],
            .. ways.Select((way, i) => (string[])[way, .. ranks.Select((_, j) => Shown(Value(i, j)))]),
        ];
        AssertWhole(ConsoleTable.Of(table, "tables/t.csv"), cells, width);

        static string Shown(double share) => ReportColumn.Share("s").Show(share).Replace(" %", "", StringComparison.Ordinal);

        static double Value(int row, int column) => 0.0107 * (row + 1) + 0.0937 * column;
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Table_LongWordsAndWideNumbers_KeepsNumbersWhole(int width)
    {
        string[][] cells =
        [
            ["tensor", "shape", "elements"],
            ["blocks.0.attention.a_very_long_name_that_has_no_space", "[12, 192, 16]", "123,456,789,012"],
            ["short", "[1]", "1"],
        ];
        AssertWhole(Table(cells), cells, width);
    }

    [Fact]
    public void Table_NameOfMegabytes_IsShortenedAndTakesNoTime()
    {
        string[][] cells = [["tensor", "elements"], [new string('a', 5_000_000), "1"]];
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var (lines, _) = Written(Table(cells), 80);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 2);
        Assert.InRange(lines.Sum(line => line.Count(c => c == 'a')), 400, 600);
        Assert.Contains(lines, line => line.Contains("...", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80, "top1", "rank", "log loss (nats)")]
    [InlineData(60, "top1", "rank")]
    [InlineData(40, "top1", "rank")]
    public void CopyingTable_NarrowConsole_KeepsWhatMattersMost(int width, params string[] kept)
    {
        var (lines, leftOut) = Written(CopyingTable.Of(Rows()), width);
        Assert.Empty(kept.Intersect(leftOut));
        string shown = string.Join('\n', lines);
        Assert.All(kept.Where(heading => !heading.Contains(' ', StringComparison.Ordinal)),
            heading => Assert.Contains(heading, shown, StringComparison.Ordinal));
        Assert.Contains("results.json has all.", string.Join(' ', lines.Select(line => line.Trim())), StringComparison.Ordinal);
    }

    [Fact]
    public void CopyingTable_WidthOfAFile_ShowsEverything() => Assert.Empty(Written(CopyingTable.Of(Rows()), 120).LeftOut);

    [Fact]
    public void Table_NoRows_HasItsHeadings() =>
        Assert.Contains("rank", string.Join('\n', Written(CopyingTable.Of([]), 80).Lines), StringComparison.Ordinal);

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    public void Table_Sentences_GoOnInFurtherLines(int width)
    {
        string sentence = string.Join(' ', Enumerable.Repeat("some words", 20));
        var table = new ConsoleTable(
            [new("what", IsText: true), new("value", IsText: true, Wraps: true)], [["why", sentence], ["size", "12"]]);
        var (lines, leftOut) = Written(table, width);
        Assert.Empty(leftOut);
        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= width));
        Assert.Equal(20, lines.Sum(line => System.Text.RegularExpressions.Regex.Count(line, "words")));
        Assert.Contains(lines, line => line.Trim().StartsWith("why ", StringComparison.Ordinal));
    }

    [Fact]
    public void Table_MarkupInCells_IsShownAsItIs()
    {
        string[][] cells = [["[bold]", "x[0]"], ["[red]a[/]", "[[1]]"]];
        AssertWhole(Table(cells), cells, 40);
    }

    [Fact]
    public void Table_Cells_AreWordsAtTheLeftAndNumbersAtTheRight()
    {
        var (lines, _) = Written(new ConsoleTable([new("name", IsText: true), new("value")], [["a", "1"], ["long", "1,000"]]), 80);
        string words = lines.First(line => line.Contains("a ", StringComparison.Ordinal)),
            numbers = lines.First(line => line.Contains("1,000"));
        Assert.Equal(numbers.IndexOf("long", StringComparison.Ordinal), words.IndexOf('a', StringComparison.Ordinal));
        Assert.Equal(numbers.LastIndexOf('0'), words.LastIndexOf('1'));
    }

    [Theory]
    [InlineData(true, "Shares, %", "top1 top5", "10.0 20.0")]
    [InlineData(false, "Shares", "top1 loss (nats)", "10.0 % 0.200")]
    public void Of_TableOfAReport_SaysPercentAndUnits(bool shares, string title, string headings, string figures)
    {
        ReportColumn second = shares ? ReportColumn.Share("top5") : ReportColumn.Number("loss", 3, "nats");
        var table = new ReportTable("t", "Shares", [ReportColumn.Text("name"), ReportColumn.Share("top1"), second], [["a", 0.1, 0.2]])
        {
            Units = "",
        };
        string[] lines = [.. Written(ConsoleTable.Of(table, "t.csv"), 80).Lines.Select(Spaced).Where(line => line.Length > 0)];
        Assert.Equal([title, $"name {headings}", $"a {figures}"], [lines[0], lines[1], lines[^1]]);

        static string Spaced(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Table_ColumnsThatAreKept_StandInTheirOrder()
    {
        ConsoleColumn[] columns =
        [
            new("name", IsText: true), new("first", Priority: 2), new("second", Priority: 9), new("third", Priority: 1),
        ];
        string wide = new('1', 12);
        var (lines, leftOut) = Written(new ConsoleTable(columns, [["a", wide, wide, wide]]), 50);
        Assert.Equal(["second"], leftOut);
        string headings = lines.First(line => line.Contains("first", StringComparison.Ordinal));
        Assert.True(headings.IndexOf("first", StringComparison.Ordinal) < headings.IndexOf("third", StringComparison.Ordinal), headings);
    }

    [Fact]
    public void Table_TooNarrowForTwoColumns_IsStackedWithEveryFigureUnderItsName()
    {
        var table = new ConsoleTable([new("name", IsText: true), new("top1"), new("loss")], [["a", "10.0 %", "0.200"]]) { Title = "[x]" };
        Assert.Equal(["[x]", "a", "  top1: 10.0 %", "  loss: 0.200"],
            Written(table, 16).Lines.Where(line => line.Length > 0).Select(line => line.TrimEnd()));
    }

    [Fact]
    public void Constructor_RowOfAnotherLength_Throws() => Assert.Throws<ArgumentException>(() => Table([["a", "b"], ["1"]]));

    private static ConsoleTable Table(string[][] cells) =>
        new(cells[0].Select((name, i) => new ConsoleColumn(name, IsText: i == 0)), cells.Skip(1));

    // The first row of cells are the headings.
    private static void AssertWhole(IRenderable table, string[][] cells, int width)
    {
        var (lines, leftOut) = Written(table, width);
        Assert.All(lines, line => Assert.True(line.TrimEnd().GetCellWidth() <= width, $"{width}: {line}"));
        string words = string.Join(' ', lines);
        for (int column = 1; column < cells[0].Length; column++)
        {
            bool missing = leftOut.Contains(cells[0][column]);
            Assert.All(cells[0][column].Split(' '), word => Assert.Contains(word, words, StringComparison.Ordinal));
            if (missing)
                continue;
            for (int row = 1; row < cells.Length; row++)
            {
                string cell = cells[row][column];
                Assert.True(lines.Any(line => Holds(line, cell)), $"{width}: '{cell}' is in no line of\n{string.Join('\n', lines)}");
            }
        }
        // Every line that begins with a row's name has that row's figures, and as many as columns are shown.
        int shown = Enumerable.Range(1, cells[0].Length - 1).Count(column => !leftOut.Contains(cells[0][column]));
        foreach (string[] row in cells.Skip(1))
            foreach (string line in lines.Where(line => line.TrimStart().StartsWith(row[0] + "  ", StringComparison.Ordinal)))
                Assert.Equal(shown, line.Trim()[row[0].Length..].Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    // The cell, and no longer number that it is a part of.
    private static bool Holds(string line, string cell)
    {
        for (int at = line.IndexOf(cell, StringComparison.Ordinal); at >= 0; at = line.IndexOf(cell, at + 1, StringComparison.Ordinal))
            if ((at == 0 || line[at - 1] == ' ') && (at + cell.Length == line.Length || line[at + cell.Length] == ' '))
                return true;
        return false;
    }

    private static (string[] Lines, string[] LeftOut) Written(IRenderable table, int width)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        console.Write(table);
        string[] lines = writer.ToString().ReplaceLineEndings("\n").Split('\n');
        int from = Array.FindIndex(lines, line => line.StartsWith("Left out for width", StringComparison.Ordinal));
        string said = from < 0 ? "" : string.Join(' ', lines[from..].Select(line => line.Trim()));
        if (said.Length == 0)
            return (lines, []);
        return (lines, said["Left out for width: ".Length..said.IndexOf(';', StringComparison.Ordinal)].Split(", "));
    }

    private static CopyingRow[] Rows() =>
    [
        .. Enumerable.Range(0, 12).Select(head => Row($"head 1.{head}", 16, 0.0137 * head, head == 9 ? null : 2.88 - 0.1 * head)),
        Row("heads 1.1 + 1.7", 32, 0.514, 3.59),
        Row("heads 1.1 + 1.7, truncated", 16, 0.281, 2.94),
        Row("all of layer 1", 192, 0.464, 3.46),
        Row("direct path", 192, 1, null),
        Row("trained copier", 16, 0.763, 4.31),
    ];

    private static CopyingRow Row(string name, int rank, double top1, double? separation) => new()
    {
        Name = name,
        Kind = CircuitKind.Head,
        Rank = rank,
        Tokens = 50_278,
        Top1 = top1,
        Top5 = Math.Min(1, 1.3 * top1),
        Mrr = top1,
        DPrime = separation,
        LogLoss = 13.168 - top1,
        LogLossCalibrated = 8.053 - top1,
        CopyingScore = -0.461 + top1,
    };

    private static string[][] Cells() =>
    [
        ["circuit", "rank", "tokens", "top1", "top5", "MRR", "d'", "log loss (nats)", "calibrated log loss (nats)", "copying score"],
        .. Rows().Select(row => (string[])
        [
            row.Name, $"{row.Rank}", "50,278", Percent(row.Top1) + " %", Percent(row.Top5!.Value) + " %", Number(row.Mrr, "0.000"),
            row.DPrime is { } d ? Number(d, "0.00") : "-", Number(row.LogLoss, "0.000"), Number(row.LogLossCalibrated!.Value, "0.000"),
            Number(row.CopyingScore!.Value, "0.000"),
        ]),
    ];

    private static string Percent(double share) => Number(100 * share, "0.0");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
