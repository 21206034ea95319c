using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The answer in short over several models: what of one model's answer holds for the others.</summary>
internal static class AcrossVerdict
{
    private static readonly CultureInfo s_invariant = CultureInfo.InvariantCulture;

    /// <summary>It; null where no figure that it is made of was measured on two models.</summary>
    /// <param name="models">What experiments found on each.</param>
    public static ReportVerdict? Of(IReadOnlyList<ModelOutcomes> models)
    {
        var slack = models.Select(model => model.Result<RankFrontierResult>()?.HeadSlack);
        ReportStatement?[] all =
        [
            Copies(AcrossFigures.CopierAhead.On(models)), Binds([.. slack.Select(one => one?.Verdict(FrontierChecks.Tolerance))]),
            Split(AcrossFigures.CopierKeeps.On(models)),
        ];
        ReportStatement[] statements = [.. all.OfType<ReportStatement>().OrderBy(statement => statement.Topic)];
        return statements.Length == 0 ? null : new()
        {
            Statements = statements,
            Sureness = $"{models.Count} models. Intervals are of the mean over them; with so few they are wide, and they speak of models "
                + "that were trained as these were.",
        };
    }

    /// <summary>Whether the trained pair copies more than the model's two heads, in how many models and by how much.</summary>
    /// <param name="ahead">By how many points it does.</param>
    public static ReportStatement? Copies(AcrossRow ahead)
    {
        double[] known = ahead.Known;
        if (known.Length < 2)
            return null;
        int more = known.Count(points => points > 0);
        string by = string.Create(s_invariant, $"a trained pair of one head's rank copies more tokens than the model's best two heads, "
            + $"{Points(ahead.Mean!.Value)} of all tokens on average");
        var topic = more == known.Length ? ReportTopic.Can : ReportTopic.Found;
        return new(topic, $"{InModels(more, known.Length, ahead.Values.Count)} {by}.", AcrossReport.FiguresTable);
    }

    /// <summary>Whether rank is what keeps the best head from copying better, in how many models.</summary>
    /// <param name="models">A verdict for each model; null where it has no bounds.</param>
    public static ReportStatement? Binds(IReadOnlyList<RankVerdict?> models)
    {
        RankVerdict[] verdicts = [.. models.OfType<RankVerdict>()];
        if (verdicts.Length < 2)
            return null;
        int free = verdicts.Count(one => one == RankVerdict.DoesNotBind), bound = verdicts.Count(one => one == RankVerdict.Binds);
        string text = $"{InModels(free, verdicts.Length, models.Count)} it is proved that rank does not keep the best head from copying "
            + $"better; in {bound} it is proved that it does.";
        var topic = (free, bound) switch
        {
            var (all, _) when all == verdicts.Length => ReportTopic.CannotExplain,
            var (_, all) when all == verdicts.Length => ReportTopic.Can,
            _ => ReportTopic.Open,
        };
        return new(topic, text, AcrossReport.FiguresTable);
    }

    /// <summary>What the trained pair keeps in the two heads' place, on average.</summary>
    /// <param name="kept">Its share on each model.</param>
    public static ReportStatement? Split(AcrossRow kept)
    {
        if (kept.Known.Length < 2)
            return null;
        var mean = kept.Mean!.Value;
        string text = string.Create(s_invariant, $"Why training splits copying over two heads: in their place the trained pair keeps "
            + $"{mean.Estimate:0.0} % of what they do for the loss on average over {Of(kept.Known.Length, kept.Values.Count)} models (95 % "
            + $"interval {mean.Low:0.0} to {mean.High:0.0} %).");
        return new(ReportTopic.Open, text, AcrossReport.FiguresTable);
    }

    private static string Of(int known, int models) => known == models ? $"{known}" : $"{known} of {models}";

    // Where some models have no figure, it is of the others that it is said.
    private static string InModels(int some, int known, int models)
    {
        string counted = some == known ? $"In all {known} models" : $"In {some} of {known} models";
        return known == models ? counted : $"{counted} that have the figure ({models} are compared)";
    }

    private static string Points(ConfidenceInterval mean) => string.Create(s_invariant,
        $"{mean.Estimate:+0.0;−0.0} points (95 % interval {mean.Low:0.0} to {mean.High:0.0})");
}
