using MathNet.Numerics;
using MathNet.Numerics.RootFinding;

namespace OVPipeline.Core;

/// <summary>
/// The signal separation d' behind a copying accuracy: with the label's logit drawn from N(d', 1) and every other token's from N(0, 1),
/// how far the label must stand out to be first that often. Unlike an accuracy it can be compared between vocabularies; its square is an
/// effective rank.
/// </summary>
public static class SignalSeparation
{
    private const double Reach = 8.5; // standard deviations integrated over: the tails beyond hold 1e-17
    private const int Intervals = 400;
    private const double Least = -746; // whose exponential is 0, which takes the library longest to say

    // Shares are of the density's own sum: they end at 1, not nearly there.
    private static readonly double s_density = Expected(_ => 0);

    /// <summary>The share of labels ranked first at a separation, <c>E[Phi(x + d')^(V - 1)]</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary holds fewer than two tokens.</exception>
    public static double ToAccuracy(double separation, int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 2);
        double LogBelow(double x) =>
            (vocabulary - 1) * SpecialFunctions.Log1p(-0.5 * SpecialFunctions.Erfc((x + separation) / Constants.Sqrt2));
        return Expected(LogBelow) / s_density;
    }

    /// <summary>
    /// The separation d' that gives an accuracy, or null where none does: at 0 and at 1. It lies in [-20, 40], beyond which no accuracy can
    /// be told from 0 or 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The accuracy is not in [0, 1], or the vocabulary holds fewer than two tokens.
    /// </exception>
    public static double? FromAccuracy(double accuracy, int vocabulary)
    {
        if (!(accuracy is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(accuracy), accuracy, $"An accuracy lies in [0, 1], was {accuracy}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 2);
        if (accuracy is 0 or 1)
            return null;
        const double Lowest = -20, Highest = 40; // where it is 0 and 1
        double Excess(double separation) => ToAccuracy(separation, vocabulary) / accuracy - 1;
        // To the last bits: it says false where they do not get better any more.
        _ = Brent.TryFindRoot(Excess, Lowest, Highest, 1e-15, 200, out double root);
        return root;
    }

    // The sum of exp(-x^2 / 2) times what has a logarithm, by Simpson's rule.
    private static double Expected(Func<double, double> logOf)
    {
        double sum = 0;
        for (int i = 0; i <= Intervals; i++)
        {
            double x = -Reach + i * (2 * Reach / Intervals), simpson = i is 0 or Intervals ? 1 : i % 2 == 1 ? 4 : 2;
            double exponent = -x * x / 2 + logOf(x);
            if (exponent > Least)
                sum += simpson * Math.Exp(exponent);
        }
        return sum;
    }
}
