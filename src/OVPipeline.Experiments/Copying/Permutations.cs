namespace OVPipeline.Experiments;

/// <summary>
/// Random permutations of a vocabulary that keep tokens about as frequent as they were: as hard to remember as copying, and no copying.
/// </summary>
public static class Permutations
{
    // Tokens of about one frequency: few, so that counts within a bin are alike; enough to have many places to go. A choice, not tuned.
    private const int BinSize = 32;

    /// <summary>
    /// The token each token is mapped to, never itself where there are two. With counts, tokens move among the 32 (of the last ones 63 at
    /// most) of about their frequency, else among all.
    /// </summary>
    /// <param name="vocabulary">Tokens, V.</param>
    /// <param name="counts">How often each token occurs; null for permutations that do not keep frequency.</param>
    /// <param name="seed">Seed of the permutation.</param>
    /// <returns>V 0-based tokens, each once.</returns>
    /// <exception cref="ArgumentException">The counts are not of V tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no token.</exception>
    public static int[] Random(int vocabulary, TokenCounts? counts, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        if (counts is not null && counts.ById.Count != vocabulary)
            throw new ArgumentException($"There are {vocabulary:N0} tokens and counts of {counts.ById.Count:N0}.", nameof(counts));
        var random = new Random(seed);
        int[] order = [.. Enumerable.Range(0, vocabulary)];
        random.Shuffle(order); // tokens of equal count in random order
        if (counts is not null)
            order = [.. order.OrderByDescending(token => counts.ById[token])];
        int bin = counts is null ? vocabulary : BinSize;
        var target = new int[vocabulary];
        for (int from = 0; from < vocabulary;)
        {
            int count = vocabulary - from < 2 * bin ? vocabulary - from : bin; // the last bin takes the rest: none is of one token
            var members = order[from..(from + count)];
            random.Shuffle(members);
            for (int i = 0; i < count; i++)
                target[members[i]] = members[(i + 1) % count]; // one cycle: nothing stays
            from += count;
        }
        return target;
    }
}
