using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>
/// The answer in short: a sentence or two on what rank can do, on what it cannot explain and on what is open, each from one experiment.
/// What an experiment that was not run would say is left out.
/// </summary>
internal static class ClaimVerdict
{
    // From this share on the trained pair does the two heads' job as well: a convention, and the sentence gives the share itself.
    private const double AsGood = 0.9;

    private static readonly CultureInfo s_invariant = CultureInfo.InvariantCulture;

    /// <summary>It; null where the model's circuits were not measured.</summary>
    /// <param name="results">What experiments found on one model.</param>
    public static ReportVerdict? Of(IReadOnlyList<ExperimentResult> results)
    {
        if (results.OfType<ReproductionResult>().FirstOrDefault() is not { } measured)
            return null;
        var figures = ReproductionReport.Figures(measured);
        var frontier = results.OfType<RankFrontierResult>().FirstOrDefault();
        var putBack = results.OfType<PutItBackResult>().FirstOrDefault();
        ReportStatement?[] all = figures.NoCopyingHead is { } none
            ? [new(ReportTopic.Found, none, figures.Circuits)]
            : [Copies(figures), frontier is null ? null : Binds(frontier), Split(putBack, figures.Circuits)];
        return new()
        {
            Statements = [.. all.OfType<ReportStatement>().OrderBy(statement => statement.Topic)],
            Sureness = Sureness(measured, frontier, figures.NoCopyingHead is null ? putBack : null),
            Figure = Figure(measured),
        };
    }

    /// <summary>Whether a trained pair of a head's rank copies more than the model's best pair, or head where there is none.</summary>
    public static ReportStatement Copies(ReproductionFigures figures)
    {
        var copier = figures.Copier;
        string best = figures.Pair is { } pair
            ? $"the model's best two heads, of rank {pair.Rank} together,"
            : $"the model's best head, of rank {figures.Head.Rank},";
        double rival = (figures.Pair ?? figures.Head).Top1;
        if (figures.CopierFailed is not null)
        {
            return new(ReportTopic.Open, $"Whether one head's rank, {copier.Rank}, is enough to copy as {best} do cannot be said: "
                + "the fit that would show it did not converge.", figures.Circuits);
        }
        string shares = string.Create(s_invariant, $"of the {figures.Tokens:N0} tokens a trained pair of one head's rank, {copier.Rank}, "
            + $"copies {Percent(copier.Top1)}, {best} {Percent(rival)}");
        return copier.Top1 > rival
            ? new(ReportTopic.Can, $"One head's rank is enough to copy better than the model does: {shares}.", figures.Circuits)
            : new(ReportTopic.Found, $"The claim does not repeat here: {shares}.", figures.Circuits);
    }

    /// <summary>
    /// Whether rank is what keeps the best head from copying better: by bounds where there are some, else by a fit at the pair's norm.
    /// Nothing where neither was made.
    /// </summary>
    public static ReportStatement? Binds(RankFrontierResult found)
    {
        if (found.HeadSlack is { } slack)
            return Binds(found.Head.Row.Name, slack, FrontierBoundsReport.BoundsTable);
        if (found.Pair is not { Copies: true } pair || !found.AtModelScale
            || found.Arm(FrontierWay.AtPairNorm, found.HeadRank) is not { } fit
            || found.Failures[FrontierWay.AtPairNorm, fit.Rank] is not null)
            return null;
        string losses = string.Create(s_invariant, $"at the norm of the two a fit of one head's rank, {fit.Rank}, has a log-loss of "
            + $"{fit.LogLoss:0.00} nats, the two together {pair.Row.LogLoss:0.00}");
        if (fit.LogLoss < pair.Row.LogLoss - FrontierChecks.Tolerance)
        {
            return new(ReportTopic.CannotExplain, $"Why two heads ({pair.Row.Name}) share the work: {losses}.",
                RankFrontierReport.ArmsTable);
        }
        return fit.LogLoss > pair.Row.LogLoss + FrontierChecks.Tolerance
            ? new(ReportTopic.Can, $"It may be why two heads ({pair.Row.Name}) share the work: {losses}.", RankFrontierReport.ArmsTable)
            : null;
    }

    /// <summary>Whether rank binds a head, from both sides.</summary>
    /// <param name="head">The head.</param>
    /// <param name="slack">What it leaves to its rank at its norm, and what twice the rank could add.</param>
    /// <param name="table">The table that the figures are in.</param>
    public static ReportStatement Binds(string head, RankSlack slack, string table)
    {
        string Nats(double nats) => nats.ToString("0.00", s_invariant);
        return slack.Verdict(FrontierChecks.Tolerance) switch
        {
            RankVerdict.DoesNotBind => new(ReportTopic.CannotExplain, $"Why head {head} copies no better: at its norm its rank has room "
                + $"for {Nats(slack.LeavesLeast)} nats less log-loss, and a second head's rank could add at most "
                + $"{Nats(slack.AddsMost)} to that. That is proved, whatever circuits one looks for.", table),
            RankVerdict.Binds => new(ReportTopic.Can, $"It is what keeps head {head} from copying better: at its norm its rank has room "
                + $"for at most {Nats(slack.LeavesMost)} nats less log-loss, and a second head's rank adds at least "
                + $"{Nats(slack.AddsLeast)}. That is proved.", table),
            _ => new(ReportTopic.Open, $"Whether rank keeps head {head} from copying better: at its norm its rank has room for "
                + $"{Nats(slack.LeavesLeast)} to {Nats(slack.LeavesMost)} nats less log-loss, and a second head's rank adds "
                + $"{Nats(slack.AddsLeast)} to {Nats(slack.AddsMost)}.", table),
        };
    }

    /// <summary>Why training splits the work: what the trained pair does in the place of the two, where the model can tell.</summary>
    /// <param name="putBack">What was put in the heads' place; null where nothing was.</param>
    /// <param name="circuits">The table of circuits.</param>
    public static ReportStatement Split(PutItBackResult? putBack, string circuits)
    {
        var row = putBack is { Gate.Informative: true }
            ? putBack.Rows.FirstOrDefault(row => row.Heads == 2 && row.Arm == PutBackArmName.Copier)
            : null;
        return Split(row?.Share, row is null ? circuits : PutItBackReport.ArmsTable);
    }

    /// <summary>The same, of a share.</summary>
    /// <param name="share">The trained pair's share of what the two do for the loss; null where it was not measured.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement Split(ConfidenceInterval? share, string table)
    {
        const string Why = "Why training splits copying over two heads";
        if (share is not { } kept || !double.IsFinite(kept.Estimate))
            return new(ReportTopic.Open, $"{Why}: nothing here tells what the two do for the model's loss.", table);
        const string Whole = "of what they do for the model's loss";
        string words = kept.Estimate switch
        {
            < 0 => $"nothing {Whole}",
            > 1 => $"all {Whole}",
            _ => PutBackVerdicts.ShareWords(kept, Whole),
        };
        return kept.Estimate < AsGood
            ? new(ReportTopic.Open, $"{Why}: in their place the trained pair keeps {words}. It copies "
                + "better and is no better head, so copying is not all that they do.", table)
            : new(ReportTopic.Open, $"{Why}: in their place the trained pair keeps {words}: one head could "
                + "have done it.", table);
    }

    // Of how many models, what is proved and what is measured, and on what.
    private static string Sureness(ReproductionResult measured, RankFrontierResult? frontier, PutItBackResult? putBack)
    {
        string tokens = measured.Model.Vocabulary.ToString("N0", s_invariant);
        List<string> parts = [$"One model. Shares are of all its {tokens} tokens: a census."];
        if (frontier is { Bounds.Count: > 0 })
            parts.Add("Proved, for these weights: what no circuit of a rank and norm is below.");
        parts.Add("Measured: what fits reach; a better fit could reach more, never less.");
        if (putBack is { Gate.Informative: true })
            parts.Add($"What is put in the heads' place is judged on {putBack.Books.Count} blocks of text, with 95 % intervals over them.");
        if (frontier is { Bisected: false })
            parts.Add("A quick run: few ranks, fits cut short, no bounds.");
        return string.Join(' ', parts);
    }

    private static ReportChart Figure(ReproductionResult measured)
    {
        (string Name, CopyingRow? Row)[] bars =
        [
            ("best head", measured.Head.Row), ("best two heads", measured.Pair?.Row), ("the two, truncated", measured.TruncatedPair?.Row),
            ("trained pair", measured.Copier.Row),
        ];
        var shown = bars.Where(bar => bar.Row is not null).ToArray();
        return ReportChart.Bars("verdict-picture", "Tokens that a circuit copies", "Whose own logit it ranks first.", "tokens, %",
            [.. shown.Select(bar => $"{bar.Name} (rank\u00A0{bar.Row!.Rank})")],
            [new("top-1", [], [.. shown.Select(bar => 100 * bar.Row!.Top1)])]);
    }
}
