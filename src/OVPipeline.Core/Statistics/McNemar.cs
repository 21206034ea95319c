using MathNet.Numerics;

namespace OVPipeline.Core;

/// <summary>
/// McNemar's test (1947) of two classifiers on the same units: do the units that only the first gets right and those that only the
/// second gets right balance?
/// </summary>
/// <param name="OnlyFirst">Units that only the first gets right.</param>
/// <param name="OnlySecond">Units that only the second gets right.</param>
/// <param name="ChiSquare"><c>(b - c)^2 / (b + c)</c> on one degree of freedom; NaN where the two never differ.</param>
/// <param name="PValue">Its two-sided p-value; NaN where the two never differ.</param>
/// <param name="ExactPValue">Two-sided p-value of the exact binomial test; 1 where the two never differ.</param>
public sealed record McNemar(long OnlyFirst, long OnlySecond, double ChiSquare, double PValue, double ExactPValue)
{
    /// <summary>Tests the discordant units.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative.</exception>
    public static McNemar Of(long onlyFirst, long onlySecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(onlyFirst);
        ArgumentOutOfRangeException.ThrowIfNegative(onlySecond);
        long n = onlyFirst + onlySecond, least = Math.Min(onlyFirst, onlySecond);
        if (n == 0)
            return new(0, 0, double.NaN, double.NaN, 1);
        double difference = onlyFirst - onlySecond, chiSquare = difference * difference / n;
        // P(X <= k) of Binomial(n, 1/2) is the regularized incomplete beta function I_1/2(n - k, k + 1).
        double tail = least == n ? 1 : SpecialFunctions.BetaRegularized(n - least, least + 1, 0.5);
        return new(onlyFirst, onlySecond, chiSquare, MantelHaenszel.ChiSquareTail(chiSquare), Math.Min(1, 2 * tail));
    }

    /// <inheritdoc cref="Of(long, long)"/>
    public static McNemar Of(ContingencyTable table) => Of(table.OnlyFirst, table.OnlySecond);
}
