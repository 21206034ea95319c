using OVPipeline.Core;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class GateTests
{
    private static readonly Gate s_gate = Gate();

    [Fact]
    public void Mark_NoCopyingHead_TakesTheStatementsAway()
    {
        ReportStatement said = new(ReportTopic.Found, "A head copies.", "t");
        var section = new ReportSection { Id = "x", Title = "X", Question = "?", Statements = [said] };
        Assert.Same(section, s_gate.Mark(section));
        Assert.Single(Gate(informative: false).Mark(section).Statements);
        var none = s_gate with { NoCopyingHead = "No copying head here." };
        Assert.False(none.Informative, "No head copies, and yet.");
        Assert.Equal((ReportStatus.NotInformative, 0), (none.Mark(section).Status, none.Mark(section).Statements.Count));
        Assert.Empty(none.Spoken(section).Statements);
    }

    [Fact]
    public void Of_Heads_ChoosesInductionHeadsThatCopy()
    {
        GateRow Row(int head, double induction, double top1) => new(new(1, head), induction, top1);
        var passes = Experiments.Gate.Of([Row(0, 0.9, 0.001), Row(1, 0.4, 0.3), Row(2, 0.6, 0.05), Row(3, 0.31, 0.9)]);
        Assert.Equal((true, 2, 1), (passes.Informative, passes.A.Head, passes.B.Head));
        Assert.Equal(
            "A is head 1.2 and B head 1.1: of layer 1's heads with an induction score of at least 0.3 that copy at least 2 % "
            + "of all tokens, the two with the highest scores",
            passes.Chosen);
        var fails = Experiments.Gate.Of([Row(0, 0.9, 0.001), Row(1, 0.29, 0.3), Row(2, 0.6, 0.05), Row(3, 0.1, 0.9)]);
        Assert.Equal((false, 1, 3), (fails.Informative, fails.A.Head, fails.B.Head));
        Assert.Equal("A is head 1.1 and B head 1.3: of layer 1's heads the two that copy best alone", fails.Chosen);
        Assert.Equal(
            "it takes two heads of a layer with an induction score of at least 0.3 that each copy at least 2 % of all tokens; "
            + "layer 1 has 1. "
            + "Its highest induction score is 0.900 (head 1.0, which copies 0.1 %); A and B are 1.1 (0.290, 30.0 %) and 1.3 "
            + "(0.100, 90.0 %)",
            fails.Reason);
        Assert.Equal(ReportTopic.NotInformative, fails.Topic(ReportTopic.Found));
    }

    [Fact]
    public void Of_SeveralLayers_ChoosesTheLayerOfTheBestTwo()
    {
        GateRow Row(int layer, int head, double induction, double top1) => new(new(layer, head), induction, top1);
        var passes = Experiments.Gate.Of(
            [Row(0, 0, 0.5, 0.3), Row(0, 1, 0.45, 0.3), Row(1, 0, 0.9, 0.3), Row(1, 1, 0.35, 0.3), Row(2, 0, 1, 1)]);
        Assert.Equal((new HeadIndex(0, 0), new HeadIndex(0, 1)), (passes.A, passes.B));
        Assert.Equal([new(0, 0), new(0, 1)], passes.Heads.Select(row => row.Head));
        var fails = Experiments.Gate.Of(
            [Row(0, 0, 0.1, 0.3), Row(0, 1, 0.2, 0.1), Row(1, 0, 0.9, 0.3), Row(1, 1, 0.1, 0), Row(2, 0, 1, 1)]);
        Assert.Equal((new HeadIndex(0, 1), new HeadIndex(0, 0)), (fails.A, fails.B));
        var alike = Experiments.Gate.Of([Row(0, 0, 0.1, 0), Row(0, 1, 0.2, 0), Row(1, 0, 0.1, 0), Row(1, 1, 0.2, 0)]);
        Assert.Equal(1, alike.A.Layer);
        Assert.Throws<ArgumentException>(() => Experiments.Gate.Of([Row(0, 0, 1, 1), Row(1, 0, 1, 1)]));
    }

    [Fact]
    public void Reason_NoInductionScores_SaysWhy()
    {
        GateRow Row(int head, double top1) => new(new(1, head), double.NaN, top1);
        var gate = Experiments.Gate.Of([Row(0, 0.1), Row(1, 0.5), Row(2, 0.3)]) with { NoInduction = "it sees what it predicts" };
        Assert.Equal((false, 1, 2), (gate.Informative, gate.A.Head, gate.B.Head));
        Assert.EndsWith("induction scores were not measured: it sees what it predicts. A and B are 1.1 (50.0 %) and 1.2 (30.0 %), which "
            + "copy best alone", gate.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", gate.Reason, StringComparison.Ordinal);
    }
}
