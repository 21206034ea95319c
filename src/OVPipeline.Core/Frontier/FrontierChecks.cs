namespace OVPipeline.Core;

/// <summary>
/// What holds of fits whatever the model, and so is checked before anything is concluded from one. A fit of rank r and norm c stands for
/// the
/// least log-loss that any circuit of this rank and norm has; so it is no worse than any circuit that is known to be one.
/// </summary>
public static class FrontierChecks
{
    /// <summary>
    /// By how many nats a fit may miss what it is compared with: the last decimal that sentences show of a log-loss.
    /// </summary>
    public const double Tolerance = 0.01;

    /// <summary>
    /// A log-loss gained over chance below this cannot be told from none: against a fit's own <see cref="Tolerance"/> a share of it would
    /// be
    /// off by more than a tenth. In nats.
    /// </summary>
    public const double LeastGain = 10 * Tolerance;

    /// <summary>
    /// The most that the log-loss of the best circuit of rank r and norm c is, by a known circuit. One of no higher rank and norm bounds it
    /// by
    /// its own. A larger one bounds it scaled by t = c / norm: the loss is convex in the map and that of the zero map is chance's, log V,
    /// so that
    /// <c>f(t M) &lt;= (1 - t) log V + t f(M)</c>. Null where the circuit's rank is above r.
    /// </summary>
    /// <param name="circuit">The known circuit.</param>
    /// <param name="rank">The rank r.</param>
    /// <param name="norm">The norm c; null for any.</param>
    /// <param name="chance">The log-loss of chance, log V.</param>
    public static double? Bound(FrontierPoint circuit, int rank, double? norm, double chance)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        if (circuit.Rank > rank || !double.IsFinite(circuit.LogLoss))
            return null;
        double share = Scale(circuit, norm);
        return ((1 - share) * chance) + (share * circuit.LogLoss);
    }

    /// <summary>
    /// What a fit fails by: chance, which the zero map has, or of the circuits that it could have been (the model's, fits of lower rank or
    /// smaller norm) the best; null where it is as good as all of them.
    /// </summary>
    /// <param name="fit">The fit: of copying, all tokens alike, as the others.</param>
    /// <param name="known">Circuits through the same embeddings, measured on the same tokens.</param>
    /// <param name="vocabulary">Tokens, V.</param>
    public static FailedCheck? Check(FrontierPoint fit, IEnumerable<FrontierPoint> known, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(known);
        double chance = Math.Log(vocabulary);
        var worst = new FailedCheck(fit, "chance has", chance);
        foreach (var circuit in known.Where(circuit => circuit != fit))
            if (Bound(circuit, fit.Rank, fit.MostNorm, chance) is { } bound && bound < worst.Bound)
                worst = new(fit, Words(circuit, fit), bound);
        if (!(fit.LogLoss <= worst.Bound + Tolerance))
            return worst;
        return fit.NotConverged is null ? null : new FailedCheck(fit, null, worst.Bound);
    }

    /// <summary>
    /// A share, or null where there is none to show: where the whole cannot be told from zero, or the share is not in [0, 1].
    /// </summary>
    /// <param name="part">The part.</param>
    /// <param name="whole">The whole.</param>
    /// <param name="leastWhole">The least whole that can be told from zero.</param>
    public static double? Share(double part, double whole, double leastWhole) =>
        whole >= leastWhole && whole > 0 && InUnit(part / whole) ? part / whole : null;

    /// <summary>Whether a number is in [0, 1], and so can be shown as a share.</summary>
    public static bool InUnit(double share) => share is >= 0 and <= 1;

    private static double Scale(FrontierPoint circuit, double? norm) => norm is { } most && circuit.Norm > most ? most / circuit.Norm : 1;

    private static string Words(FrontierPoint circuit, FrontierPoint fit)
    {
        double scale = Scale(circuit, fit.MostNorm);

        // A fit held to this norm ends within rounding of it.
        const double Same = 1 - 1e-3;
        return scale >= Same ? $"{circuit.Name} has" : $"{circuit.Name} has at most when it is scaled to that norm";
    }
}
