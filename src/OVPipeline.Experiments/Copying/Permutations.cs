namespace OVPipeline.Experiments;

/// <summary>Random permutations of a vocabulary that keep tokens about as frequent as they were: as hard to remember as copying, and no copying.</summary>
internal static class Permutations
{
    private const int BinSize = 32;

    /// <summary>
    /// The token each token is mapped to, never itself where there are two. With counts, tokens move among the <see cref="BinSize"/> of about their
    /// frequency, else among all.
    /// </summary>
    public static int[] Random(int vocabulary, TokenCounts? counts, int seed)
    {
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
