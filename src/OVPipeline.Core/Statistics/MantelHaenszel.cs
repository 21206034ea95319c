using MathNet.Numerics;

namespace OVPipeline.Core;

/// <summary>
/// The association of two binary properties over strata (Mantel and Haenszel 1959): the odds ratio that the strata have in common, and the
/// test that it is 1.
/// </summary>
/// <param name="OddsRatio">
/// The common odds ratio with the interval of Robins, Breslow and Greenland (1986). Infinite where no stratum has units of one property
/// only on both sides, NaN where there are no discordant and no concordant units; its ends are NaN where they are not defined.
/// </param>
/// <param name="ChiSquare">The Cochran-Mantel-Haenszel statistic on one degree of freedom; NaN where no stratum varies.</param>
/// <param name="PValue">Its two-sided p-value; NaN where no stratum varies.</param>
public sealed record MantelHaenszel(ConfidenceInterval OddsRatio, double ChiSquare, double PValue)
{
    /// <summary>Tests and estimates over strata.</summary>
    /// <param name="strata">A table for each stratum; empty ones count for nothing.</param>
    /// <param name="level">Level of the interval.</param>
    /// <param name="continuityCorrection">Whether 1/2 is taken off the difference, as the original has it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or the level is not in (0, 1).</exception>
    public static MantelHaenszel Of(IReadOnlyList<ContingencyTable> strata, double level = 0.95, bool continuityCorrection = true)
    {
        ArgumentNullException.ThrowIfNull(strata);
        double quantile = ConfidenceInterval.NormalQuantile(level);
        double r = 0, s = 0, pr = 0, cross = 0, qs = 0, difference = 0, variance = 0;
        foreach (var table in strata)
        {
            table.Require();
            if (table.Total == 0)
                continue;
            double n = table.Total, a = table.Both, b = table.OnlyFirst, c = table.OnlySecond, d = table.Neither;
            double rk = a * d / n, sk = b * c / n, p = (a + d) / n, q = (b + c) / n;
            r += rk;
            s += sk;
            pr += p * rk;
            cross += p * sk + q * rk;
            qs += q * sk;
            difference += a - (a + b) * (a + c) / n;
            if (n > 1)
                variance += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1));
        }
        double ratio = r / s, spread = Math.Sqrt(pr / (2 * r * r) + cross / (2 * r * s) + qs / (2 * s * s));
        double gap = Math.Max(0, Math.Abs(difference) - (continuityCorrection ? 0.5 : 0));
        double chiSquare = variance > 0 ? gap * gap / variance : double.NaN;
        var interval = new ConfidenceInterval(ratio, ratio * Math.Exp(-quantile * spread), ratio * Math.Exp(quantile * spread), level);
        return new(interval, chiSquare, ChiSquareTail(chiSquare));
    }

    /// <summary>The upper tail of chi-square on one degree of freedom.</summary>
    internal static double ChiSquareTail(double value) => double.IsNaN(value) ? double.NaN : SpecialFunctions.Erfc(Math.Sqrt(value / 2));
}
