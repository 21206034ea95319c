namespace OVPipeline.Core;

/// <summary>The tokens of a circuit whose own columns have the lowest log-losses, without a sum of exponentials for each token.</summary>
/// <remarks>
/// A token's log-loss is <c>log sum_j exp(l_j - own)</c>. Of its terms as many are at least 1 as its rank says, so that it is at least
/// <c>log rank</c>; and by Jensen's inequality it is at least <c>log V + mean(l) - own</c>. Tokens are taken in the order of the larger
/// of the two, until the next one's is above the losses that were found.
/// </remarks>
internal static class LowestLogLosses
{
    private const int FirstTaken = 256;

    // Bounds and losses are rounded: losses come from logits in single precision, off by some 1e-6 of their size.
    private const double Slack = 1e-4;

    /// <summary>The lowest, ascending; of equal ones the lower token first.</summary>
    /// <param name="engine">What scores.</param>
    /// <param name="circuit">The circuit, of rows and columns that are the same tokens.</param>
    /// <param name="ranks">Each token's own rank in its row, from 1.</param>
    /// <param name="count">How many, at most.</param>
    /// <param name="cancellationToken">Checked within a block.</param>
    public static IReadOnlyList<(int Token, double LogLoss)> Of(
        IScoringEngine engine, TokenCircuit circuit, IReadOnlyList<int> ranks, int count, CancellationToken cancellationToken)
    {
        double[] least = Bounds(circuit, ranks);
        int[] order = [.. Enumerable.Range(0, least.Length).OrderBy(token => least[token])];
        List<(int Token, double LogLoss)> lowest = [];
        int taken = FirstTaken;
        for (int from = 0; from < order.Length; from += taken, taken *= 2)
        {
            if (lowest.Count == count && (count == 0 || least[order[from]] > lowest[^1].LogLoss))
                break;
            int[] tokens = order[from..Math.Min(from + taken, order.Length)];
            var losses = engine.ScoreTokens(circuit, tokens, tokens, new() { LabelLogLoss = true }, null, cancellationToken).LabelLogLosses;
            var found = lowest.Concat(tokens.Select((token, i) => (token, losses[i])));
            lowest = [.. found.OrderBy(one => one.Item2).ThenBy(one => one.Item1).Take(count)];
        }
        return lowest;
    }

    /// <summary>What each token's log-loss is not below, in nats.</summary>
    private static double[] Bounds(TokenCircuit circuit, IReadOnlyList<int> ranks)
    {
        int rank = circuit.Rank;
        var mean = circuit.Columns.Mean;
        var bounds = new double[circuit.Vocabulary];
        Parallel.For(0, bounds.Length, token =>
        {
            var row = circuit.H.Row(token);
            double own = 0, average = 0;
            for (int k = 0; k < rank; k++)
            {
                own += (double)row[k] * circuit.G[k, token];
                average += row[k] * mean[k];
            }
            double bound = Math.Max(Math.Log(ranks[token]), Math.Log(circuit.OutputVocabulary) + average - own);
            bounds[token] = bound - Slack * (1 + Math.Abs(own) + Math.Abs(average));
        });
        return bounds;
    }
}
