using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The sentence of "dynamics".</summary>
internal static class DynamicsVerdicts
{
    // A head whose d'^2 is below this share of what a fit of its rank and norm reaches has slack: the same share as the rank frontier's
    // from which on a circuit is called near it.
    public const double SlackShare = 0.8;

    /// <summary>
    /// A head's d'^2 as a share of that of a fit of its rank and norm; 0 for a head no better than chance, null where it is no share: the
    /// fit separates no better than chance, or less well than the head.
    /// </summary>
    /// <param name="own">The head's d'.</param>
    /// <param name="fit">The fit's d'.</param>
    /// <param name="fitFailed">Whether the fit is known not to have converged.</param>
    public static double? Share(double own, double fit, bool fitFailed = false) =>
        fitFailed || fit <= 0 ? null : FrontierChecks.Share(own <= 0 ? 0 : own * own, fit * fit, 0);

    /// <summary>Whether a head with such a share has slack; null where that is not known.</summary>
    public static bool? HasSlack(double? share) => share is { } known ? known < SlackShare : null;

    /// <summary>The sentence.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="verdict">What their histories say.</param>
    /// <param name="a">The history of A.</param>
    /// <param name="b">The history of B.</param>
    /// <param name="first">The head that started first.</param>
    /// <param name="unit">What their places count.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement Of(
        Gate gate, DynamicsVerdict verdict, HeadHistory a, HeadHistory b, HeadIndex first, SeriesUnit unit, string table)
    {
        string counted = unit == SeriesUnit.Tokens ? "tokens seen" : ModelSeries.Words(unit);
        string times = $"in {counted}, head {gate.A} started {a.Start} and was done {a.Done}; head {gate.B} started {b.Start} and was "
            + $"done {b.Done}";
        ReportStatement Say(ReportTopic topic, string text) => new(gate.Topic(topic), text, table);
        return verdict switch
        {
            DynamicsVerdict.Supported => Say(ReportTopic.CannotExplain, "Both heads started to copy before either was done, while the "
                + $"first, {first}, had slack to its rank's frontier: {times}. That training began a second head does not follow from the "
                + "first being full."),
            DynamicsVerdict.Refuted => Say(ReportTopic.Found, $"One head was done before the other started: {times}. That both begin "
                + "before either is done is refuted here."),
            DynamicsVerdict.NoSlack => Say(ReportTopic.Can, $"Both heads started before either was done, but the first, {first}, was near "
                + $"its rank's frontier by then: {times}. Rank may have played a part."),
            _ => Say(ReportTopic.Open, "Whether both heads started before either was done, and the first had slack then, cannot be told "
                + $"from these checkpoints: {times}."),
        };
    }
}
