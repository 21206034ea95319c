using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class FairnessVerdictTests
{
    private static readonly FailedCheck s_failed = new(new("fit", 4, 3, 7.5), "chance has", 7);
    private static readonly FairnessFigures s_figures = new()
    {
        Tokens = 1000,
        Head = new("1.1", 0.26, 6),
        Baseline = new("copier", 0.76, 1.5),
        Decays = [new("1e-4", 0.5, 2), new("1e-1", 0.2, 6)],
        Capped = new("capped", 0.3, 4.5),
        Permuted = new("permuted", 0.2, 5),
        Untrained = new("untrained", 0.2, 5),
        UntrainedHead = new("untrained head", 0.001, 8),
        Table = "t",
    };

    [Theory]
    [InlineData(0.5, 0.27, "under every decay tried, down to 27.0 %.")]
    [InlineData(0.5, 0.26, "at decays of 1e-4, and not at the others tried.")]
    [InlineData(0.26, 0.2, "under every decay tried it falls to or below the best head's 26.0 %.")]
    public void Decay_Shares_AreAboveTheHeadOrNot(double least, double most, string said) =>
        Has(ReportTopic.Can, said, FairnessVerdicts.Decay(s_figures with { Decays = [new("1e-4", least, 2), new("1e-1", most, 6)] }));

    [Fact]
    public void Decay_FailedFit_IsNotCounted()
    {
        var one = FairnessVerdicts.Decay(s_figures with { Decays = [new("1e-4", 0.5, 2), new("1e-1", 0.2, 9, s_failed)] });
        Has(ReportTopic.Can, "under every decay tried, down to 50.0 %. Not counted: the fit at 1e-1, which did not converge: "
            + "its log-loss, 7.500, is above 7.000, which chance has.", one);
        var none = s_figures with { Decays = [new("1e-1", 0.2, 9, s_failed)] };
        Assert.Null(FairnessVerdicts.Decay(none)); // nothing is known, and nothing said
        Has(ReportTopic.Can, "Held to the head's own norm the copier has", FairnessVerdicts.Norm(none));
        Has(ReportTopic.Can, "Held to the head's own norm it has", FairnessVerdicts.Norm(s_figures));
    }

    [Fact]
    public void Decay_NoneTried_SaysNothing() => Assert.Null(FairnessVerdicts.Decay(s_figures with { Decays = [] }));

    [Theory]
    [InlineData(5.98, ReportTopic.Can, "the difference is not one of norm")]
    [InlineData(5.995, ReportTopic.Open, "one of order only")]
    public void Norm_Capped_HasALowerLossOrNot(double loss, ReportTopic topic, string said) =>
        Has(topic, said, FairnessVerdicts.Norm(s_figures with { Capped = s_figures.Capped with { LogLoss = loss } }));

    [Fact]
    public void Norm_FailedOrNotAtScale_ConcludesNothing()
    {
        var failed = s_figures with { Capped = s_figures.Capped with { Failed = s_failed } };
        Has(ReportTopic.Open, "held to the head's own norm the copier did not converge", FairnessVerdicts.Norm(failed));
        Assert.Null(FairnessVerdicts.Norm(s_figures with { AtModelScale = false }));
    }

    [Theory]
    [InlineData(0.81, "most of this could be memory")]
    [InlineData(0.80, "a good part of this could be memory")]
    [InlineData(0.41, "a good part of this could be memory")]
    [InlineData(0.40, "most of this is more than memory")]
    public void Memory_Permutation_IsAShareOfCopying(double memory, string said)
    {
        var figures = s_figures with
        {
            Baseline = s_figures.Baseline with { Top1 = 1 },
            Permuted = s_figures.Permuted with { Top1 = memory },
        };
        Has(ReportTopic.Found, said, FairnessVerdicts.Memory(figures));
    }

    [Theory]
    [InlineData(0.7, 0.7, false)]
    [InlineData(0.8, 0.7, true)]
    [InlineData(0.7, 0.8, true)]
    [InlineData(0.8, 0.8, false)]
    [InlineData(0.76, 0.7, true)] // as good as copying is no help
    public void Disagreement_Controls_IsSaidWhereTheyDo(double permuted, double untrained, bool said)
    {
        var figures = s_figures with
        {
            Permuted = s_figures.Permuted with { Top1 = permuted },
            Untrained = s_figures.Untrained with { Top1 = untrained },
        };
        Assert.Equal(said, FairnessVerdicts.Disagreement(figures) is not null);
    }

    [Fact]
    public void Of_CopierThatFailedOrIsAtChance_ConcludesNothing()
    {
        Assert.Equal(4, FairnessVerdicts.Of(s_figures).Count());
        var baseline = s_figures.Baseline;
        var failed = s_figures with { Baseline = baseline with { Failed = s_failed } };
        Has(ReportTopic.Open, "the copier itself did not converge", Assert.Single(FairnessVerdicts.Of(failed)));
        var atChance = s_figures with { Baseline = baseline with { Top1 = 0.003 } };
        Has(ReportTopic.Open, "no more than chance", Assert.Single(FairnessVerdicts.Of(atChance)));
        var above = s_figures with
        {
            Baseline = baseline with { Top1 = 0.0041 },
            Permuted = new("", 0, 0),
            Untrained = new("", 0, 0),
        };
        Assert.Equal(4, FairnessVerdicts.Of(above).Count());
        var none = s_figures with { NoCopyingHead = "No copying head here." };
        Assert.Equal("No copying head here.", Assert.Single(FairnessVerdicts.Of(none)).Text);
    }

    [Theory]
    [InlineData(0.81, "what it learns is copying in general")]
    [InlineData(0.80, "a part of what it learns is about single tokens")]
    [InlineData(0.41, "a part of what it learns is about single tokens")]
    [InlineData(0.40, "most of what it learns is about single tokens")]
    public void Generality_Copier_IsAShareOfWhatItSaw(double heldOut, string said) =>
        Has(ReportTopic.Found, said, HeldOutVerdicts.Generality(new(heldOut, null, 1, 0.3, 1000, "t")));

    [Theory]
    [InlineData(0.003, ReportTopic.Open)]
    [InlineData(0.004, ReportTopic.Found)]
    public void Generality_NothingLearnt_ConcludesNothing(double seen, ReportTopic topic) =>
        Assert.Equal(topic, HeldOutVerdicts.Generality(new(0, null, seen, 0.3, 1000, "t")).Topic);

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    public void HeldOut_FewTokens_ConcludesNothing(int tokens, bool concludes)
    {
        HeldOutFigures figures = new(0.75, null, 0.75, 0.5, tokens, "t");
        var (general, head) = (HeldOutVerdicts.Generality(figures), HeldOutVerdicts.AgainstHead(figures));
        Assert.Equal(concludes, general.Topic == ReportTopic.Found && head.Topic == ReportTopic.Can);
        Assert.Equal(!concludes, general.Text.Contains("too few", StringComparison.Ordinal));
        Assert.Equal(!concludes, head.Text.Contains("too few", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.31, null, null, ReportTopic.Can, "Even on tokens")]
    [InlineData(0.29, null, null, ReportTopic.Open, "copies less")]
    [InlineData(0.30, null, null, ReportTopic.Open, "cannot be told")]
    [InlineData(0.40, 0.31, 0.5, ReportTopic.Can, "Even on tokens")]
    [InlineData(0.40, 0.30, 0.5, ReportTopic.Open, "cannot be told")]
    [InlineData(0.20, 0.1, 0.29, ReportTopic.Open, "copies less")]
    [InlineData(0.20, 0.1, 0.30, ReportTopic.Open, "cannot be told")]
    public void AgainstHead_Interval_HasToBeClearOfIt(double copier, double? low, double? high, ReportTopic topic, string said)
    {
        ConfidenceInterval? interval = low is null ? null : Interval(copier, low.Value, high!.Value);
        Has(topic, said, HeldOutVerdicts.AgainstHead(new(copier, interval, 1, 0.3, 1000, "t")));
    }

    private static void Has(ReportTopic topic, string said, ReportStatement? statement)
    {
        Assert.Equal(topic, statement!.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }
}
