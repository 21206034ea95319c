namespace OVPipeline.Core;

/// <summary>
/// What copying chance alone explains. A map that has nothing to do with its tokens ranks each first in its own row with probability 1 / V,
/// so
/// that of V tokens a Binomial(V, 1 / V) number ranks first: about one.
/// </summary>
public static class ChanceCopying
{
    /// <summary>The share of a vocabulary from which on copying counts as material: below it, a head copies a handful of tokens.</summary>
    public const double LeastShare = 0.02;

    private const double Level = 0.05;

    /// <summary>
    /// The most tokens that the best of some circuits ranks first by chance: with probability 0.95 or more, none of so many exceeds it
    /// (Bonferroni's bound, which holds however the circuits depend on each other).
    /// </summary>
    /// <param name="vocabulary">Tokens, V.</param>
    /// <param name="circuits">How many circuits the best one was chosen of.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public static int MostTokens(int vocabulary, long circuits = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(circuits, 1);
        if (vocabulary == 1)
            return 1;

        // From the largest number down: the tail of the binomial distribution is summed from its smallest terms, without cancellation.
        double odds = 1.0 / (vocabulary - 1), none = Math.Exp(vocabulary * Math.Log(1 - (1.0 / vocabulary)));
        List<double> terms = [none];
        for (int k = 0; k < vocabulary && terms[k] > double.Epsilon; k++)
            terms.Add(terms[k] * odds * (vocabulary - k) / (k + 1));
        double tail = 0;
        for (int k = terms.Count - 1; k > 0; k--)
        {
            tail += terms[k];
            if (tail * circuits > Level)
                return k;
        }
        return 0;
    }

    /// <summary>
    /// Whether a circuit copies: more tokens than chance explains for the best of so many, and at least <see cref="LeastShare"/> of all.
    /// </summary>
    /// <param name="copied">Tokens that it ranks first in their own rows.</param>
    /// <param name="vocabulary">Tokens, V.</param>
    /// <param name="circuits">How many circuits it was chosen of.</param>
    public static bool IsMaterial(int copied, int vocabulary, long circuits = 1) =>
        copied >= LeastShare * vocabulary && copied > MostTokens(vocabulary, circuits);
}
