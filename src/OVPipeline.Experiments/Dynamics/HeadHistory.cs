namespace OVPipeline.Experiments;

/// <summary>How a head came to copy over training.</summary>
/// <param name="Start">When it left the band of heads that never copy, for good.</param>
/// <param name="Done">From when on its d' was at least 90 % of its last value.</param>
public sealed record HeadHistory(Milestone Start, Milestone Done)
{
    // Part of the rule, which was written down before any checkpoint was measured.
    private const double DoneShare = 0.9;

    /// <summary>From d' at each checkpoint, and the band's upper end there.</summary>
    /// <param name="tokens">Tokens trained on at each checkpoint, ascending; one or more.</param>
    /// <param name="separation">The head's d' at each.</param>
    /// <param name="band">The highest d' of heads that never copy at each.</param>
    public static HeadHistory Of(IReadOnlyList<long> tokens, IReadOnlyList<double> separation, IReadOnlyList<double> band)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(separation);
        ArgumentNullException.ThrowIfNull(band);
        return new(
            Milestone.Of(tokens, [.. separation.Zip(band, (own, most) => own > most)]),
            Milestone.Of(tokens, [.. separation.Select(own => own >= DoneShare * separation[^1])]));
    }

    /// <summary>
    /// The rule: supported where max(start) &lt; min(done) while the first still has slack, refuted where one saturates first.
    /// </summary>
    /// <param name="a">One head.</param>
    /// <param name="b">The other.</param>
    /// <param name="hasSlack">
    /// Whether the head that started first was still below its rank's frontier when the second had started; null where that is not known.
    /// </param>
    public static DynamicsVerdict Judge(HeadHistory a, HeadHistory b, bool? hasSlack)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Start.By is null || b.Start.By is null)
            return DynamicsVerdict.Open;
        if (a.Done.SurelyBefore(b.Start) || b.Done.SurelyBefore(a.Start))
            return DynamicsVerdict.Refuted;
        bool overlap = new[] { a.Start, b.Start }.All(start => start.SurelyBefore(a.Done) && start.SurelyBefore(b.Done));
        if (!overlap || hasSlack is null)
            return DynamicsVerdict.Open;
        return hasSlack.Value ? DynamicsVerdict.Supported : DynamicsVerdict.NoSlack;
    }
}
