using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>The sentences of "put it back".</summary>
internal static class PutBackVerdicts
{
    // From this share of the original's gain on, half the rank under one pattern does what two heads do.
    private const double AsGood = 0.9;

    /// <summary>What the two heads are worth, and that this is nothing where it is.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="gain">Gain of the original over mean ablation of both, in nats.</param>
    /// <param name="table">The table that it is in.</param>
    public static IEnumerable<ReportStatement> Worth(Gate gate, ConfidenceInterval gain, string table)
    {
        yield return new(gate.Topic(ReportTopic.Found), string.Create(CultureInfo.InvariantCulture, $"Heads {gate.A} and {gate.B} together are worth {gain.Estimate:0.0000} nats a token on validation text{BlockIntervals.Ends(gain, "0.0000")}."), table);
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
        string place = $"In the place of both, {arm}";
        if (share.Estimate < 0)
            return new(gate.Topic(ReportTopic.Found), string.Create(CultureInfo.InvariantCulture, $"{place} keeps nothing of that: the loss is {-gain.Estimate:0.0000} nats above mean ablation's."), table);
        var topic = gate.Topic(arm == PutBackArms.Truncated && share.Estimate >= AsGood ? ReportTopic.CannotExplain : ReportTopic.Found);
        return share.Estimate > 1
            ? new(topic, string.Create(CultureInfo.InvariantCulture, $"{place} keeps all of that and more: it gains {gain.Estimate:0.0000} nats."), table)
            : new(topic, $"{place} keeps {ShareWords(share, "of that")}.", table);
    }

    /// <summary>What part of what heads do for the loss is copying.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="place">Which of them, in words.</param>
    /// <param name="fraction">The diagonal's gain as a fraction of the whole's; not a number where the whole cannot be told from
    /// nothing.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement CopyFraction(Gate gate, string place, ConfidenceInterval fraction, string table) => fraction.Estimate switch
    {
        var share when !double.IsFinite(share) => new(gate.Topic(ReportTopic.Open), $"What {place} does for the loss cannot be told "
            + "from nothing, so its copy fraction is not given.", table),
        < 0 => new(gate.Topic(ReportTopic.Found), $"Of what {place} does for the loss, copying (the diagonal alone) does nothing: by "
            + "itself it harms.", table),
        > 1 => new(gate.Topic(ReportTopic.Found), $"Copying (the diagonal alone) does for the loss more than all that {place} does.", table),
        _ => new(gate.Topic(ReportTopic.Found), $"Of what {place} does for the loss, copying (the diagonal alone) does {ShareWords(fraction)}.", table),
    };

    /// <summary>
    /// A share in [0, 1] with its interval. Where an end of that is no share, only the other bounds it, and is given in place of the estimate.
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
}
