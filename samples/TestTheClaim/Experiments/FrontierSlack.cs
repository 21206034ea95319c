using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>How near a circuit of the model comes to what fits of its rank reach.</summary>
/// <param name="Heads">The circuit.</param>
/// <param name="Rank">Its rank, at most d_model.</param>
/// <param name="Row">How it copies.</param>
/// <param name="Fit">A free fit of its rank.</param>
/// <param name="AtNorm">A fit of its rank at its norm.</param>
/// <param name="Chance">Log-loss of a guess, log V.</param>
internal sealed record FrontierSlack(string Heads, int Rank, CopyingRow Row, FrontierArm Fit, FrontierArm AtNorm, double Chance)
{
    // Of what its rank allows, a head with more than this share is called near the frontier, one with less than the other far from it.
    private const double Near = 0.8, Far = 0.5;

    /// <summary>Its d'^2 as a share of the fit's. Top-1 does not change with scale, so the free fit is the frontier at any norm.</summary>
    public double? SeparationShare => Row.DPrime is not { } own || Fit.SquaredSeparation is not > 0 ? null : Math.Sign(own) * own * own / Fit.SquaredSeparation;

    /// <summary>What its log-loss gains on chance, as a share of what the fit at the norm gains.</summary>
    public double? GainShare => AtNorm.LogLoss < Chance ? (Chance - Row.LogLoss) / (Chance - AtNorm.LogLoss) : null;

    public static ReportTable Table(string id, IEnumerable<FrontierSlack> rows, TransformerConfig config) => new(id, "How near the model's circuits are to the frontier of their rank",
        [
            ReportColumn.Heads("heads"), ReportColumn.Count("rank"), ReportColumn.Share("top1"), ReportColumn.Share("top1 of a fit", key: "fit_top1"),
            ReportColumn.Number("d'²", 2), ReportColumn.Number("d'² of a fit", 2, key: "fit_d_prime_squared"),
            ReportColumn.Share("share", 0, key: "d_prime_squared_share"), ReportColumn.Number("log loss", 3, "nats"),
            ReportColumn.Number("log loss of a fit at the norm", 3, "nats", key: "fit_log_loss"),
            ReportColumn.Share("share of its gain on chance", 0, key: "log_loss_gain_share"),
        ],
        [.. rows.Select(row => (ReportValue[])
        [
            row.Heads, row.Rank, row.Row.Top1, row.Fit.Top1, row.Row.DPrime * row.Row.DPrime, row.Fit.SquaredSeparation, row.SeparationShare, row.Row.LogLoss, row.AtNorm.LogLoss, row.GainShare,
        ])])
    {
        Units = CopyingColumns.Census(config),
        Note = "The heads were chosen for their top-1, as the best of all. Fits at the norm are held to that of the circuit. Top-1 and d' do not change with scale: the free fit bounds them at any norm.",
    };

    public ReportStatement Statement(string table)
    {
        if (SeparationShare is not { } separation || GainShare is not { } gain)
            return new(ReportTopic.Open, $"Whether rank binds {Heads} cannot be said: its d' or that of a fit of its rank is not defined (none or all of the tokens rank first), or the fit at its norm is no better than chance.", table);
        string figures = $"{Heads} has {separation:P0} of the d'² that a fit of its rank reaches, and {gain:P0} of the log-loss it can gain on chance at its norm";
        return separation >= Near && gain >= Near ? new(ReportTopic.Can, $"{figures}: rank may well be what binds it.", table)
            : separation < Far && gain < Far ? new(ReportTopic.CannotExplain, $"{figures}: it is far from where rank binds, so rank does not explain why it copies no more.", table)
            : new(ReportTopic.Open, $"{figures}: neither clearly at the frontier of its rank nor clearly far from it.", table);
    }
}
