using OVPipeline.Core;
using Spectre.Console;
using Xunit;

namespace OVPipeline.Reporting.Tests.Copying;

public sealed class ClaimFiguresTests : IDisposable
{
    private static readonly CopyingRow[] s_rows =
    [
        Row("head 1.0", CircuitKind.Head, 16, 0.125),
        Row("head 1.1", CircuitKind.Head, 16, 0.25),
        Row("heads 1.1 + 1.7", CircuitKind.Pair, 32, 0.5),
        Row("heads 1.1 + 1.7, truncated", CircuitKind.Truncated, 16, 0.375),
        Row("all of layer 1", CircuitKind.Layer, 192, 0.9),
        Row("direct path", CircuitKind.Direct, 192, 0.8),
        Row("trained copier", CircuitKind.Trained, 8, 0.6), // further ranks are not the head's
        Row("trained copier", CircuitKind.Trained, 16, 0.75),
        Row("trained copier", CircuitKind.Trained, 8, 0.9) with { HeldOut = true },
        Row("trained copier", CircuitKind.Trained, 16, 0.1) with { HeldOut = true },
        Row("trained copier", CircuitKind.Trained, 16, 0.2) with { HeldOut = true },
    ];

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Of_Rows_TakesTheBestOfTheModelAndThePairOfAHeadsRank()
    {
        var figures = ClaimFigures.Of("m", 1000, s_rows);
        Assert.Equal(("m", 1000), (figures.Model, figures.Vocabulary));
        Assert.Equal(new("head 1.1", 16, 0.25, s_rows[1].Top5), figures.Head);
        Assert.Equal(new("heads 1.1 + 1.7", 32, 0.5, s_rows[2].Top5), figures.Pair);
        Assert.Equal(new("heads 1.1 + 1.7, truncated", 16, 0.375, s_rows[3].Top5), figures.Truncated);
        Assert.Equal(new("trained copier", 16, 0.75, s_rows[7].Top5), figures.Trained);
        Assert.Equal((16, 0.15), (figures.Unseen!.Rank, Math.Round(figures.Unseen.Top1, 12)));
        Assert.Equal(0.2, figures.Unseen.Top5!.Value, 12);
    }

    [Fact]
    public void Of_OneHeadAlone_HasNoPair()
    {
        var figures = ClaimFigures.Of("m", 1000, s_rows[1..2]);
        Assert.Equal(new RankedShare("head 1.1", 16, 0.25, s_rows[1].Top5), figures.Head);
        Assert.Equal([null, null, null, null], new[] { figures.Pair, figures.Truncated, figures.Trained, figures.Unseen });
    }

    [Fact]
    public void ClaimTable_Figures_HasARowForEachBar()
    {
        string[] lines = Written(ClaimFigures.Of("m", 1000, s_rows));
        Assert.Equal(
            [
                "circuit rank top1 top5",
                "head 1.1 16 25.0 % 30.0 %",
                "heads 1.1 + 1.7 32 50.0 % 55.0 %",
                "heads 1.1 + 1.7, truncated 16 37.5 % 42.5 %",
                "trained copier 16 75.0 % 80.0 %",
                "trained copier, on unseen tokens 16 15.0 % 20.0 %",
            ],
            lines);
        Assert.Equal(2, Written(ClaimFigures.Of("m", 1000, s_rows[..2])).Length); // the heading, and the best head
    }

    [Fact]
    public void Read_ResultsJson_IsWhatWasWritten()
    {
        TransformerConfig model = new()
        {
            Name = "m",
            Vocabulary = 1000,
            Layers = 2,
            Heads = 12,
            DModel = 192,
            DHead = 16,
            Context = 8,
        };
        var results = new CopyingResults(model, s_rows, new(1, 1, 1, 1, 4), new("copier.zip", 1, true));
        File.WriteAllText(_file, results.ToJson());
        Assert.Equal(ClaimFigures.Of("m", 1000, s_rows), ClaimFigures.Read(_file));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "model": { "name": "m" }, "rows": [] }""")]
    [InlineData("""{ "model": { "name": "m", "vocabulary": 9 }, "rows": [{ "kind": "ear", "split": "all", "rank": 1, "top1": 0 }] }""")]
    [InlineData("""{ "model": { "name": "m", "vocabulary": "many" }, "rows": [] }""")]
    [InlineData("""{ "model": { "name": "m", "vocabulary": 1e99 }, "rows": [] }""")]
    [InlineData("""{ "model": { "name": null, "vocabulary": 9 }, "rows": [] }""")]
    [InlineData("""{ "model": { "name": "m", "vocabulary": 9 }, "rows": [{ "kind": "head", "split": "all", "name": null }] }""")]
    public void Read_AnotherFile_NamesIt(string text)
    {
        File.WriteAllText(_file, text);
        Assert.Contains(_file, Assert.Throws<FileException>(() => ClaimFigures.Read(_file)).Message, StringComparison.Ordinal);
    }

    // Lines with one space between words, without the rule.
    private static string[] Written(ClaimFigures figures)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 80;
        console.Write(ClaimTable.Of(figures));
        return [.. text.ToString().Split('\n').Where(line => line.Any(char.IsLetter))
            .Select(line => string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))];
    }

    private static CopyingRow Row(string name, CircuitKind kind, int rank, double top1) => new()
    {
        Name = name,
        Kind = kind,
        Rank = rank,
        Tokens = 1000,
        Top1 = top1,
        Top5 = top1 + 0.05,
        Mrr = 0.5,
        DPrime = null,
        LogLoss = 1,
        LogLossCalibrated = null,
        CopyingScore = null,
    };
}
