using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;
using static OVPipeline.Experiments.Tests.Verdicts.Rows;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class ReproductionVerdictTests
{
    [Theory]
    [InlineData(0.52, ReportTopic.Can, "is feasible for better copying than the model does")]
    [InlineData(0.51, ReportTopic.Found,
        "no more than the model's best pair, 1.1 + 1.7, of rank 32, with 51.0 %: here the claim's observation does not repeat.")]
    [InlineData(0.50, ReportTopic.Found, "does not repeat")]
    public void Claim_Copier_IsAboveThePairOrNot(double copier, ReportTopic topic, string said) =>
        Has(topic, said, ReproductionVerdicts.Claim(CopyingFound with { Copier = CopyingFound.Copier with { Top1 = copier } }));

    [Fact]
    public void Claim_NoPair_ComparesWithTheHead() =>
        Has(ReportTopic.Can, "the best head, 1.1, of rank 16, 26.0 %", ReproductionVerdicts.Claim(CopyingFound with { Pair = null }));

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.1)]
    public void Claim_FailedCopier_DecidesNothing(double copier)
    {
        var failed = CopyingFound with
        {
            Copier = CopyingFound.Copier with { Top1 = copier },
            CopierFailed = new(new("fit", 4, 3, 7.5), "head 1.1 has", 4),
        };
        Has(ReportTopic.Open, "it did not converge: its log-loss, 7.500, is above 4.000, which head 1.1 has; nothing is concluded",
            ReproductionVerdicts.Claim(failed));
    }

    [Theory]
    [InlineData(0.40, 0.20, 0.301, "most of what the second head adds survives")]
    [InlineData(0.40, 0.20, 0.299, "most of what the second head adds is lost")]
    // 3 tokens: chance alone gives as many in 5 cases of 100 or more
    [InlineData(0.203, 0.20, 0.203, "a second head adds no more than chance would")]
    [InlineData(0.204, 0.20, 0.204, "most of what the second head adds survives")]
    [InlineData(0.15, 0.20, 0.20, "a second head adds no more than chance would")]
    public void SecondHead_Shares_SaysWhatSurvives(double pair, double head, double truncated, string said)
    {
        var figures = CopyingFound with
        {
            Pair = CopyingFound.Pair! with { Top1 = pair },
            Head = CopyingFound.Head with { Top1 = head },
            Truncated = truncated,
        };
        Has(ReportTopic.Found, said, ReproductionVerdicts.SecondHead(figures));
    }

    [Fact]
    public void SecondHead_NoPairOrNoneThatCopies_SaysNothing()
    {
        Assert.Null(ReproductionVerdicts.SecondHead(CopyingFound with { Pair = null }));
        Assert.Null(ReproductionVerdicts.SecondHead(CopyingFound with { Truncated = null }));
        Assert.Null(ReproductionVerdicts.SecondHead(CopyingFound with { PairCopies = false }));
    }

    [Theory]
    [InlineData(0.20, 0.305, "are not what keeps it from copying")]
    [InlineData(0.20, 0.306, "hide a good part of its copying")]
    public void Hubs_WithoutMeanRow_SaysWhetherTheyHide(double head, double without, string said)
    {
        var figures = CopyingFound with { Head = CopyingFound.Head with { Top1 = head }, HeadWithoutMeanRow = without };
        Has(ReportTopic.Found, said, ReproductionVerdicts.Hubs(figures));
    }

    [Fact]
    public void Of_Figures_IsWhatCopiesAlone()
    {
        Assert.Equal(3, ReproductionVerdicts.Of(CopyingFound).Count());
        Assert.Equal(2, ReproductionVerdicts.Of(CopyingFound with { HeadCopies = false }).Count());
        var none = CopyingFound with { NoCopyingHead = "No copying head here." };
        Assert.Equal([new(ReportTopic.Found, "No copying head here.", "circuits")], ReproductionVerdicts.Of(none));
    }

    private static void Has(ReportTopic topic, string said, ReportStatement? statement)
    {
        Assert.Equal(topic, statement!.Topic);
        Assert.Contains(said, statement.Text, StringComparison.Ordinal);
    }
}
