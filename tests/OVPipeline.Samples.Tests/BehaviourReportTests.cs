using OVPipeline.Samples.MeasureBehaviour;
using OVPipeline.Torch;
using Spectre.Console;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>What MeasureBehaviour says of figures that are known.</summary>
public sealed class BehaviourReportTests
{
    [Fact]
    public void Sentences_NothingAblated_EveryMeanHasItsNumberAndInterval()
    {
        string[] sentences = [.. BehaviourReport.Sentences(Rows(), "folder/validation.txt.gz")];
        Assert.Equal("Validation loss 3.000 nats a token (95 % interval 0.516 to 5.484), over 3 windows of validation.txt.gz, 768 tokens.",
            sentences[0]);
        Assert.Equal(
            "Repeated random tokens: 75.0 % (95 % interval 0.0 % to 100.0 %) of the second half predicted, "
            + "over 2 sequences, 98 tokens.",
            sentences[1]);
        Assert.StartsWith("Names that come again: surname predicted in 50.0 % (95 % interval 15.0 % to 85.0 %), over 4 sentences.",
            sentences[2], StringComparison.Ordinal);
        Assert.DoesNotContain(sentences, sentence => sentence.Contains("ithout", StringComparison.Ordinal));
    }

    [Fact]
    public void Sentences_HeadAblated_GiveTheChangeOfTheSameUnits()
    {
        string[] sentences = [.. BehaviourReport.Sentences(Rows((1, 1)), "t.txt")];
        // Every window is worse by 0.5: the change has no spread although windows differ.
        Assert.EndsWith(
            " Without 1.1 3.500 nats (95 % interval 1.016 to 5.984), a change of +0.500 nats.", sentences[0], StringComparison.Ordinal);
        Assert.EndsWith(
            " Without 1.1 75.0 % (95 % interval 0.0 % to 100.0 %), a change of 0.0 points.", sentences[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Sentences_NoNameRightWithoutAHead_StillHasAnInterval()
    {
        string names = BehaviourReport.Sentences(Rows((1, 1)), "t.txt")
            .Single(sentence => sentence.StartsWith("Names", StringComparison.Ordinal));
        Assert.Contains(" Without 1.1 0.0 % (95 % interval 0.0 % to 49.0 %), a change of -50.0 points (95 % interval -141.9 to +41.9).",
            names, StringComparison.Ordinal);
    }

    [Fact]
    public void Sentences_NoTextAndNoNames_SayNothingOfThem()
    {
        var rows = Rows();
        foreach (var row in rows)
            (row.ValidationLossByWindow, row.NameRepeated) = ([], []);
        Assert.DoesNotContain(BehaviourReport.Sentences(rows, null),
            sentence => sentence.Contains("loss", StringComparison.Ordinal) || sentence.Contains("ames", StringComparison.Ordinal));
    }

    [Fact]
    public void Table_LaterHeadsOfAnAblatedOne_AloneHaveAScoreWithoutIt()
    {
        string[] lines = Written(Rows((0, 1)));
        Assert.Contains("without", string.Join(' ', lines), StringComparison.Ordinal);
        Assert.EndsWith("–", Line(lines, "0.0"), StringComparison.Ordinal);
        Assert.EndsWith("–", Line(lines, "0.1 ablated"), StringComparison.Ordinal);
        Assert.EndsWith("0.125", Line(lines, "1.0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_OnlyHeadsOfTheLastLayerAblated_RepeatsNoFigure()
    {
        Assert.DoesNotContain("without", string.Join(' ', Written(Rows((1, 1)))), StringComparison.Ordinal);
        Assert.Contains(BehaviourReport.Sentences(Rows((1, 1)), "t"),
            sentence => sentence == "What a head attends to does not depend on 1.1: no head stands in a later layer.");
        Assert.DoesNotContain(
            BehaviourReport.Sentences(Rows((0, 1)), "t"), sentence => sentence.Contains("no head stands", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(120)]
    [InlineData(200)]
    public void Table_AnyWidth_KeepsTheScoresWhole(int width)
    {
        string[] lines = Written(Rows((0, 1)), width);
        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= width));
        foreach (string head in new[] { "0.0", "0.1 ablated", "1.0", "1.1" })
            Assert.Contains("0.625", Line(lines, head), StringComparison.Ordinal);
    }

    private static string Line(string[] lines, string head) =>
        Assert.Single(lines, line => line.Trim().StartsWith(head + " ", StringComparison.Ordinal)).TrimEnd();

    private static string[] Written(HeadBehaviourRow[] rows, int width = 120)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        console.Write(BehaviourReport.Table(rows));
        return writer.ToString().ReplaceLineEndings("\n").Split('\n');
    }

    private static HeadBehaviourRow[] Rows(params (int Layer, int Head)[] ablated) => [.. from layer in new[] { 0, 1 }
        from head in new[] { 0, 1 }
        select new HeadBehaviourRow
        {
            Head = $"L{layer}H{head}",
            Layer = layer,
            Index = head,
            Ablated = ablated.Contains((layer, head)),
            InductionScore = 0.625,
            InductionScoreWithout = 0.125,
            InductionBySequence = [0.5, 0.75],
            PreviousTokenScore = 0.25,
            PreviousTokenScoreOnText = double.NaN,
            ValidationLossByWindow = [2, 3, 4],
            ValidationLossByWindowWithout = [2.5, 3.5, 4.5],
            ValidationTokens = 768,
            RepeatAccuracyBySequence = [0.5, 1],
            RepeatAccuracyBySequenceWithout = [0.5, 1],
            RepeatTokens = 98,
            NameRepeated = [true, false, true, false],
            NameRepeatedWithout = [false, false, false, false],
        }];
}
