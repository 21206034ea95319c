using System.Text.Json;
using OVPipeline.Core;
using Spectre.Console;
using Xunit;

namespace OVPipeline.Reporting.Tests.Copying;

public sealed class ScaleMarkTests
{
    private const string Stand = " Ranks and accuracies stand; log-losses and norms so marked mean nothing.";

    private static readonly ReportTable s_table = new("circuits", "Circuits",
        [
            ReportColumn.Text("circuit"), ReportColumn.Share("top1"), ReportColumn.Number("log loss", 3, "nats"),
            ReportColumn.Number("norm |A B|", 1, key: "norm"), ReportColumn.Number("loss", 3, "nats"),
        ], [["head", 0.5, 1.25, 3.5, 2]])
    { Units = "all tokens", Note = "As stored.", ShownRows = 1, Exploratory = true };

    public static TheoryData<string?, string?, string?, string?> Kinds => new()
    {
        { null, null, null, null },
        { "LN", null, null, "layer norms stand between these weights, at scales that are not held (--norm-scales)" },
        { "RMSPre", null, null, "RMS norms stand between these weights, at scales that are not held (--norm-scales)" },
        { "unknown", null, null, "nothing says which norms stand between these weights" },
        { "LN", null, "the norm after attention", "the norm after attention is in no weight" },
        { null, "a cap of 30", null, "what the model does to its logits is not all in these weights (a cap of 30)" },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void Sentence_EveryKind_SaysWhyOrNothing(string? norm, string? notInLogits, string? other, string? why) =>
        Assert.Equal(why is null ? null : $"* Not at the model's scale: {why}.{Stand}",
            ScaleMark.Sentence(Weights(norm, notInLogits, other)));

    [Fact]
    public void Sentence_NormsHeld_NothingIsMarked()
    {
        var held = Weights("LN").WithNormScales(new("made up", [[1f, 1], [1f, 1]], [1f, 1], [1f, 1]));
        Assert.Null(ScaleMark.Sentence(held));
        Assert.Same(s_table, ScaleMark.Of(s_table, ScaleMark.Sentence(held)));
    }

    [Theory]
    [InlineData("log_loss", true)]
    [InlineData("calibrated_log_loss", true)]
    [InlineData("fit_log_loss", true)]
    [InlineData("log_loss_gain_share", true)]
    [InlineData("norm", true)]
    [InlineData("singular_value", true)]
    [InlineData("fit_norm", true)]
    [InlineData("loss", false)]
    [InlineData("top1", false)]
    [InlineData("d_prime", false)]
    [InlineData("normal", false)]
    public void Concerns_Figures_ThoseThatGrowWithLogits(string key, bool concerned) => Assert.Equal(concerned, ScaleMark.Concerns(key));

    [Fact]
    public void Of_Table_MarksWhatItConcernsInEveryForm()
    {
        string sentence = ScaleMark.Sentence(Weights("LN"))!;
        var marked = ScaleMark.Of(s_table, sentence);
        Assert.Equal(["circuit", "top1", "log loss *", "norm |A B| *", "loss"], marked.Columns.Select(column => column.Name));
        Assert.Equal(s_table.Columns.Select(column => column.Key), marked.Columns.Select(column => column.Key));
        Assert.Equal($"As stored. {sentence}", marked.Note);
        Assert.Equal((s_table.Units, s_table.ShownRows, s_table.Exploratory), (marked.Units, marked.ShownRows, marked.Exploratory));
        Assert.Equal("circuit,top1,log_loss,norm,loss,at_model_scale\r\nhead,0.5,1.25,3.5,2,no\r\n", marked.ToCsv());
        var again = JsonSerializer.Deserialize<ReportTable>(JsonSerializer.Serialize(marked, ReportDocument.Json), ReportDocument.Json)!;
        Assert.Equal(marked.ToCsv(), again.ToCsv());
        var plain = new ReportTable("shares", "Shares", [ReportColumn.Share("top1")], [[0.5]]) { Units = "" };
        Assert.Same(plain, ScaleMark.Of(plain, sentence));
    }

    [Fact]
    public void Of_Table_KeepsThePrioritiesOfItsColumns()
    {
        var column = ReportColumn.Number("log loss") with { Priority = 7 };
        var table = new ReportTable("t", "T", [ReportColumn.Text("name"), column], []) { Units = "" };
        Assert.Equal([0, 7], ScaleMark.Of(table, "why").Columns.Select(one => one.Priority));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CopyingTable_NotAtModelScale_MarksLogLossesAlone(bool atModelScale)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = 200;
        console.Write(CopyingTable.Of([], atModelScale));
        Assert.Equal(atModelScale ? 0 : 2, writer.ToString().Count(c => c == '*'));
        Assert.Equal(!atModelScale, writer.ToString().Contains("log loss *", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("* Not at the model's scale: so.")]
    public void CopyingResults_Json_SaysWhetherAndWhy(string? offScale)
    {
        var results = new CopyingResults(Weights("LN").Config, [], new(0, 0, 0, 0, 0), new("x", 1, true)) { OffScale = offScale };
        var json = JsonDocument.Parse(results.ToJson()).RootElement;
        Assert.Equal(offScale is null, json.GetProperty("at_model_scale").GetBoolean());
        Assert.Equal(offScale, json.GetProperty("off_scale").GetString());
    }

    private static TransformerWeights Weights(string? norm, string? notInLogits = null, string? other = null) => new(new()
    {
        Name = "tiny",
        Layers = 2,
        Heads = 1,
        DModel = 2,
        DHead = 1,
        Vocabulary = 2,
        Normalization = norm,
        NotInLogits = notInLogits,
        OtherNorm = other,
    }, new InMemoryWeights());
}
