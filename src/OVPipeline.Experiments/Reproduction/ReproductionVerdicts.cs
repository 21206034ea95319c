using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>The sentences of experiment 1.</summary>
internal static class ReproductionVerdicts
{
    // A choice: half as much again is a good part, and half a percent of the tokens decides nothing.
    private const double GoodPart = 1.5, Rounding = 0.005;

    /// <summary>All of them: where no head copies, that alone.</summary>
    public static IEnumerable<ReportStatement> Of(ReproductionFigures figures) => figures.NoCopyingHead is { } none
        ? [new(ReportTopic.Found, none, figures.Circuits)]
        : new[] { Claim(figures), SecondHead(figures), Hubs(figures) }.OfType<ReportStatement>();

    /// <summary>
    /// The claim's observation: whether one trained pair of a head's rank copies more than the model's best pair, or head where there is
    /// none.
    /// </summary>
    public static ReportStatement Claim(ReproductionFigures figures)
    {
        var (copier, table) = (figures.Copier, figures.Circuits);
        var rival = figures.Pair ?? figures.Head;
        string name = figures.Pair is null ? $"the best head, {figures.Head.Name}" : $"the model's {rival.Name}";
        if (figures.CopierFailed is { } failed)
            return new(ReportTopic.Open, $"Whether a trained pair of rank {copier.Rank} copies more than {name}, of rank "
                + $"{rival.Rank}, cannot be said: it {failed.Reason}; nothing is concluded from it.", table);
        return copier.Top1 > rival.Top1
            ? new(ReportTopic.Can, $"Rank {copier.Rank}, that of one head, is feasible for better copying than the model does: a "
                + $"trained pair of this rank ranks {Percent(copier.Top1)} of all tokens first through the model's own embeddings; "
                + $"{name}, of rank {rival.Rank}, {Percent(rival.Top1)}.", table)
            : new(ReportTopic.Found, $"A trained pair of rank {copier.Rank} ranks {Percent(copier.Top1)} of all tokens first, no "
                + $"more than {name}, of rank {rival.Rank}, with {Percent(rival.Top1)}: here the claim's observation does not "
                + "repeat.", table);
    }

    /// <summary>Whether what a second head adds survives the truncation to one head's rank; nothing where the pair does not copy.</summary>
    public static ReportStatement? SecondHead(ReproductionFigures figures)
    {
        if (figures is not { Pair: { } pair, Truncated: { } truncated, PairCopies: true })
            return null;
        string text = $"The best pair copies {Percent(pair.Top1)}, the best head alone {Percent(figures.Head.Top1)}, and the pair "
            + $"truncated to one head's rank {Percent(truncated)}";
        int added = (int)Math.Round((pair.Top1 - figures.Head.Top1) * figures.Tokens);
        if (added <= ChanceCopying.MostTokens(figures.Tokens))
            return new(ReportTopic.Found, $"{text}: a second head adds no more than chance would.", figures.Circuits);
        string fate = truncated > (pair.Top1 + figures.Head.Top1) / 2 ? "survives the truncation" : "is lost by the truncation";
        return new(ReportTopic.Found, $"{text}: most of what the second head adds {fate}.", figures.Circuits);
    }

    /// <summary>Whether hub columns hide a head's copying; nothing where the best head does not copy.</summary>
    public static ReportStatement? Hubs(ReproductionFigures figures)
    {
        if (!figures.HeadCopies)
            return null;
        string found = figures.HeadWithoutMeanRow > (GoodPart * figures.Head.Top1) + Rounding
            ? "hub columns hide a good part of its copying"
            : "hub columns are not what keeps it from copying";
        return new(ReportTopic.Found, $"Without the mean row the best head copies {Percent(figures.HeadWithoutMeanRow)} instead of "
            + $"{Percent(figures.Head.Top1)}: {found}.", figures.Hubs);
    }
}
