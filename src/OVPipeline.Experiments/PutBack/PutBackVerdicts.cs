using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>The sentences of "put it back".</summary>
internal static class PutBackVerdicts
{
    // From this share of the original's gain on, half the rank under one pattern does what two heads do: a convention, and the
    // sentence gives the share itself.
    private const double AsGood = 0.9;

    /// <summary>What the two heads are worth, and that this is nothing where it is.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="gain">Gain of the original over mean ablation of both, in nats.</param>
    /// <param name="table">The table that it is in.</param>
    public static IEnumerable<ReportStatement> Worth(Gate gate, ConfidenceInterval gain, string table)
    {
        string worth = $"{Nats(gain.Estimate)} nats a prediction on validation data{BlockIntervals.Ends(gain, "0.0000")}";
        yield return new(gate.Topic(ReportTopic.Found), $"Heads {gate.A} and {gate.B} together are worth {worth}.", table);
        if (!IsAboveZero(gain))
            yield return new(gate.Topic(ReportTopic.Open), "That gain cannot be told from zero, so no share of it is given.", table);
    }

    /// <summary>What an arm in the place of both keeps of that; nothing where the original's gain cannot be told from zero.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="arm">What is put there.</param>
    /// <param name="share">The share of the original's gain; not a number where there is none.</param>
    /// <param name="gain">The arm's own gain, in nats.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement? Kept(Gate gate, string arm, ConfidenceInterval share, ConfidenceInterval gain, string table)
    {
        if (!double.IsFinite(share.Estimate))
            return null;
        string place = $"In the place of heads {gate.A} and {gate.B} {WithArticle(arm)}";
        if (share.Estimate < 0)
        {
            string harm = $"{place} keeps nothing of what they do for the loss, which is {Nats(-gain.Estimate)} nats above that with both "
                + "at their mean.";
            return new(gate.Topic(ReportTopic.Found), harm, table);
        }
        var topic = gate.Topic(arm == PutBackArmName.Truncated && share.Estimate >= AsGood ? ReportTopic.CannotExplain : ReportTopic.Found);
        return share.Estimate > 1
            ? new(topic, $"{place} keeps all that they do for the loss and more: it gains {Nats(gain.Estimate)} nats.", table)
            : new(topic, $"{place} keeps {ShareWords(share, "of what they do for the loss")}.", table);
    }

    // Names of arms stand alone in tables.
    private static string WithArticle(string arm) =>
        arm.StartsWith("the ", StringComparison.Ordinal) || arm.StartsWith("both ", StringComparison.Ordinal) ? arm : $"a {arm}";

    /// <summary>What part of what heads do for the loss is copying.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="place">Which of them, in words.</param>
    /// <param name="fraction">The diagonal's gain as a fraction of the whole's; not a number where the whole cannot be told from
    /// nothing.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement CopyFraction(Gate gate, string place, ConfidenceInterval fraction, string table)
    {
        const string Diagonal = "copying (the diagonal alone)";
        string does = place.Contains(" and ", StringComparison.Ordinal) ? "do" : "does";
        if (!double.IsFinite(fraction.Estimate))
        {
            return new(gate.Topic(ReportTopic.Open),
                $"What {place} {does} for the loss cannot be told from nothing, so its copy fraction is not given.", table);
        }
        string said = fraction.Estimate switch
        {
            < 0 => $"Of what {place} {does} for the loss, {Diagonal} does nothing: by itself it harms.",
            > 1 => $"Copying (the diagonal alone) does for the loss more than all that {place} {does}.",
            _ => $"Of what {place} {does} for the loss, {Diagonal} does {ShareWords(fraction)}.",
        };
        return new(gate.Topic(ReportTopic.Found), said, table);
    }

    /// <summary>
    /// A share in [0, 1] with its interval. Where an end of that is no share, only the other bounds it, and is given in place of the
    /// estimate.
    /// </summary>
    /// <param name="share">The share.</param>
    /// <param name="whole">Of what, in words after the estimate; null for none.</param>
    public static string ShareWords(ConfidenceInterval share, string? whole = null)
    {
        string of = whole is null ? "" : $" {whole}";
        return (share.Low < 0, share.High > 1) switch
        {
            (true, true) => $"a part{of} that cannot be told",
            (true, false) => $"no more than {Percent(share.High)}{of}, and perhaps nothing",
            (false, true) => $"at least {Percent(share.Low)}{of}, and perhaps all",
            _ => $"{Percent(share.Estimate)}{of}{BlockIntervals.Ends(share, "0.0", 100, " %")}",
        };
    }

    /// <summary>Whether a gain can be told from zero: its interval, where it has one, is above it.</summary>
    public static bool IsAboveZero(ConfidenceInterval gain) => gain.Estimate > 0 && !(gain.Low <= 0);

    private static string Nats(double nats) => nats.ToString("0.0000", CultureInfo.InvariantCulture);
}
