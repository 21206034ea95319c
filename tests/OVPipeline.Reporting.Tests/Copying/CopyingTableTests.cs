using System.Text.Json;
using OVPipeline.Core;
using Spectre.Console;
using Xunit;

namespace OVPipeline.Reporting.Tests.Copying;

/// <summary>Every figure of a row is another one, so that none can stand in another's place.</summary>
public sealed class CopyingTableTests
{
    private static readonly CopyingRow Row = new()
    {
        Name = "head 1.10",
        Kind = CircuitKind.Head,
        Heads = [new(1, 10)],
        Rank = 64,
        Tokens = 3142,
        Top1 = 0.123,
        Top5 = 0.456,
        Mrr = 0.789,
        DPrime = 1.35,
        LogLoss = 6.5,
        LogLossCalibrated = 5.25,
        CopyingScore = 0.875,
    };

    [Fact]
    public void Of_Row_HasEachFigureUnderItsName()
    {
        string[] lines = Written(CopyingTable.Of([Row]));
        string[] header = Cells(lines.First(line => line.Contains("top1", StringComparison.Ordinal)));
        string[] cells = Cells(lines.First(line => line.Contains("1.10", StringComparison.Ordinal)));
        Assert.Equal("12.3 %", cells[Array.IndexOf(header, "top1")]);
        Assert.Equal("45.6 %", cells[Array.IndexOf(header, "top5")]);
        Assert.Equal("0.789", cells[Array.IndexOf(header, "MRR")]);
        Assert.Equal("1.35", cells[Array.IndexOf(header, "d'")]);
        Assert.Equal("6.500", cells[Array.IndexOf(header, "log loss (nats)")]);
        Assert.Equal("5.250", cells[Array.IndexOf(header, "calibrated log loss (nats)")]);
        Assert.Equal("0.875", cells[Array.IndexOf(header, "copying score")]);
    }

    [Fact]
    public void ToJson_Row_HasEachFigureUnderItsName()
    {
        var config = new TransformerConfig { Name = "m", Layers = 2, Heads = 12, DModel = 64, DHead = 8, Vocabulary = 3142 };
        string text = new CopyingResults(config, [Row], new(1, 2, 3, 4, 10), new("copier.zip", 9, true)).ToJson();
        var row = JsonDocument.Parse(text).RootElement.GetProperty("rows")[0];
        var expected = new Dictionary<string, double>
        {
            ["top1"] = 0.123,
            ["top5"] = 0.456,
            ["mrr"] = 0.789,
            ["d_prime"] = 1.35,
            ["log_loss"] = 6.5,
            ["calibrated_log_loss"] = 5.25,
            ["copying_score"] = 0.875,
        };
        foreach (var (name, value) in expected)
            Assert.Equal(value, row.GetProperty(name).GetDouble());
    }

    [Theory]
    [InlineData(false, null, "all", true)]
    [InlineData(true, "why", "test", false)]
    public void ToJson_Row_SaysOfWhichTokensAndAtWhichScale(bool heldOut, string? offScale, string split, bool atScale)
    {
        var config = new TransformerConfig { Name = "m", Layers = 2, Heads = 12, DModel = 64, DHead = 8, Vocabulary = 3142 };
        var results = new CopyingResults(config, [Row with { HeldOut = heldOut }], new(1, 2, 3, 4, 10), new("copier.zip", 9, true));
        var made = results with { OffScale = offScale, Seed = 7, InstructionSet = "AVX2" };
        var root = JsonDocument.Parse(made.ToJson()).RootElement;
        Assert.Equal(7, root.GetProperty("seed").GetInt32());
        Assert.Equal("AVX2", root.GetProperty("instruction_set").GetString());
        Assert.Equal(split, root.GetProperty("rows")[0].GetProperty("split").GetString());
        Assert.Equal(atScale, root.GetProperty("at_model_scale").GetBoolean());
        Assert.Equal("L1H10", root.GetProperty("rows")[0].GetProperty("heads")[0].GetString());
    }

    [Theory]
    [InlineData(true, "log loss (nats)", "calibrated log loss (nats)")]
    [InlineData(false, "log loss * (nats)", "calibrated log loss * (nats)")]
    public void Of_LogLosses_AreMarkedWhereTheyAreNotAtTheModelsScale(bool atModelScale, params string[] headings) =>
        Assert.Equal(headings,
            CopyingTable.Of([Row], atModelScale).Columns.Select(column => column.Heading).Where(name => name.Contains("loss")));

    private static string[] Cells(string line) => [.. line.Split('│', '|', StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(part => System.Text.RegularExpressions.Regex.Split(part.Trim(), @"\s{2,}"))];

    private static string[] Written(ConsoleTable table)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = 300;
        console.Write(table);
        return writer.ToString().ReplaceLineEndings("\n").Split('\n');
    }
}
