using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>How near a circuit of the model comes to what fits of its rank reach.</summary>
/// <param name="Heads">The circuit.</param>
/// <param name="Rank">Its rank, at most d_model.</param>
/// <param name="Row">How it copies.</param>
/// <param name="Fit">A free fit of its rank.</param>
/// <param name="AtNorm">A fit of its rank at its norm.</param>
/// <param name="Chance">Log-loss of a guess, log V.</param>
public sealed record FrontierSlack(string Heads, int Rank, CopyingRow Row, FrontierArm Fit, FrontierArm AtNorm, double Chance)
{
    // Of what its rank allows, a head with more than this share is called near the frontier, one with less than the other far from it.
    private const double Near = 0.8, Far = 0.5;

    // The least d'^2 of which a share is given: that of a circuit half a standard deviation better than chance.
    private const double LeastSeparation = 0.25;

    /// <summary>Whether it copies: of a circuit at chance nothing is said.</summary>
    public bool Copies { get; init; } = true;

    /// <summary>Whether its log-loss and norm are at the model's scale: where they are not, they decide nothing.</summary>
    public bool AtModelScale { get; init; } = true;

    /// <summary>Why the free fit cannot be what it is meant to be.</summary>
    public FailedCheck? FitFailed { get; init; }

    /// <summary>Why the fit at its norm cannot be what it is meant to be.</summary>
    public FailedCheck? AtNormFailed { get; init; }

    /// <summary>
    /// Its d'^2 as a share of the fit's; null where it is none. Top-1 does not change with scale, so the free fit is the frontier at any
    /// norm.
    /// </summary>
    public double? SeparationShare => FitFailed is not null || Row.DPrime is not { } own || Fit.SquaredSeparation is not { } most ? null
        : FrontierChecks.Share(Math.Sign(own) * own * own, most, LeastSeparation);

    /// <summary>
    /// What its log-loss gains on chance, as a share of what the fit at the norm gains; 0 where it gains nothing, null where it is no
    /// share.
    /// </summary>
    public double? GainShare => AtNormFailed is not null ? null
        : FrontierChecks.Share(Math.Max(0, Chance - Row.LogLoss), Chance - AtNorm.LogLoss, FrontierChecks.LeastGain);

    internal static ReportTable Table(string id, IEnumerable<FrontierSlack> rows, TransformerConfig config) => new(id,
        "How near the model's circuits are to the frontier of their rank", [
            ReportColumn.Heads("heads"), ReportColumn.Count("rank"), ReportColumn.Share("top1"),
            ReportColumn.Share("top1 of a fit", key: "fit_top1"), ReportColumn.Number("d'²", 2),
            ReportColumn.Number("d'² of a fit", 2, key: "fit_d_prime_squared"),
            ReportColumn.Share("share", 0, key: "d_prime_squared_share"), ReportColumn.Number("log loss", 3, "nats"),
            ReportColumn.Number("log loss of a fit at the norm", 3, "nats", key: "fit_log_loss"),
            ReportColumn.Share("share of its gain on chance", 0, key: "log_loss_gain_share"),
        ],
        [.. rows.Select(row => (ReportValue[])
        [
            row.Heads, row.Rank, row.Row.Top1, row.Fit.Top1, row.Row.DPrime * row.Row.DPrime, row.Fit.SquaredSeparation,
            row.SeparationShare, row.Row.LogLoss, row.AtNorm.LogLoss, row.GainShare,
        ])])
    {
        Units = CopyingColumns.Census(config),
        Note = "The heads were chosen for their top-1, as the best of all. Fits at the norm are held to that of the circuit. Top-1 and d' "
            + "do not change with scale: the free fit bounds them at any norm. A share is given where it is one: in [0, 1], of a whole "
            + "that can be told from nothing, of a fit that converged.",
    };

    /// <summary>What is said of it: whether its rank binds it; nothing where it does not copy.</summary>
    public ReportStatement? Statement(string table)
    {
        if (!Copies)
            return null;
        ReportStatement Say(ReportTopic topic, string text) => new(topic, text, table);
        if (FitFailed is { } fit)
            return Say(ReportTopic.Open,
                $"Whether rank binds {Lower} cannot be said: a free fit of its rank {fit.Reason}; nothing is concluded from it.");
        if (AtModelScale && AtNormFailed is { } capped)
            return Say(ReportTopic.Open,
                $"Whether rank binds {Lower} cannot be said: the fit at its norm {capped.Reason}; nothing is concluded from it.");
        if (SeparationShare is not { } separation)
            return Say(ReportTopic.Open, $"Whether rank binds {Lower} cannot be said: {NoSeparation}.");
        string ofSeparation = string.Create(
            CultureInfo.InvariantCulture, $"{Heads} has {100 * separation:0} % of the d'² that a fit of its rank reaches");
        if (!AtModelScale)
        {
            return (separation >= Near, separation < Far) switch
            {
                (true, _) => Say(ReportTopic.Can, $"{ofSeparation}: by accuracy, rank may well be what binds it."),
                (_, true) => Say(ReportTopic.CannotExplain,
                    $"{ofSeparation}: by accuracy it is far from where rank binds, so rank does not explain why it copies no more."),
                _ => Say(ReportTopic.Open,
                    $"{ofSeparation}: by accuracy neither clearly at the frontier of its rank nor clearly far from it."),
            };
        }
        if (GainShare is not { } gain)
        {
            return Say(ReportTopic.Open, $"Whether rank binds {Lower} cannot be said: the fit at its norm gains no more on chance than can "
                + "be told from nothing, or less than it does itself.");
        }
        string figures = $"{ofSeparation}, and {GainWords(gain)}";
        return (separation >= Near && gain >= Near, separation < Far && gain < Far) switch
        {
            (true, _) => Say(ReportTopic.Can, $"{figures}: rank may well be what binds it."),
            (_, true) => Say(ReportTopic.CannotExplain,
                $"{figures}: it is far from where rank binds, so rank does not explain why it copies no more."),
            _ => Say(ReportTopic.Open, $"{figures}: neither clearly at the frontier of its rank nor clearly far from it."),
        };
    }

    private string Lower => Heads[..1].ToLowerInvariant() + Heads[1..];

    private string NoSeparation
    {
        get
        {
            if (Row.DPrime is null || Fit.SquaredSeparation is null)
                return "its d' or that of a fit of its rank is not defined, as none or all of the tokens rank first";
            return Row.DPrime * Row.DPrime > Fit.SquaredSeparation
                ? "it ranks more tokens first than the fit of its rank, which minimises log-loss and does not bound it"
                : "a fit of its rank separates tokens no better than chance";
        }
    }

    private static string GainWords(double gain) => gain > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * gain:0} % of the log-loss it can gain on chance at its norm")
        : "at its own scale none of the log-loss it can gain on chance at its norm";
}
