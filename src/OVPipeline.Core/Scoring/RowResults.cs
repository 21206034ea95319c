namespace OVPipeline.Core;

/// <summary>Writes out what was found of a row.</summary>
internal static class RowResults
{
    /// <summary>Writes all of a row's results but its probabilities, for which the highest logit is left in its state.</summary>
    public static void Write(ScoringBlock block, int slot, ScoredRows scores)
    {
        ref var row = ref block.Rows[slot];
        if (row.IsFlat)
            WriteFlat(block, ref row, scores);
        else
            WriteRanked(block, slot, scores);
    }

    private static unsafe void WriteRanked(ScoringBlock block, int slot, ScoredRows scores)
    {
        var highest = block.Settle(slot);
        ref var row = ref block.Rows[slot];
        int topK = scores.Options.TopK, first = row.Index * topK;
        for (int i = 0; i < topK; i++)
        {
            scores.TopTokens[first + i] = block.Columns.Tokens[highest[i].Position];
            scores.TopScores[first + i] = (float)highest[i].Logit;
        }
        if (scores.Options.Probabilities)
            row.Highest = row.IsHuge ? highest[0].Logit : (float)highest[0].Logit;
        if (scores.Options.LabelRank)
            scores.LabelRanks[row.Index] = row.Label < 0 ? 0 : block.Thresholds.Counts[slot] + 1;
        if (scores.Options.LabelIsClose)
            scores.LabelIsClose[row.Index] = row.Label < 0 || row.IsClose;
        if (block.NeedsSoftmax)
            WriteSoftmax(block.Beta, ref row, scores);
        if (block.NeedsNatural)
            scores.NaturalLogLosses[row.Index] = row.Label < 0 ? double.NaN : LogLossOf(row.Natural, row.LabelLogit - row.Natural.Shift);
    }

    /// <summary>Writes what comes of a row's softmax sums, which hold all columns but the label.</summary>
    /// <remarks>With t the label's exponent, all columns sum up to <c>Total + exp(t)</c>.</remarks>
    /// <returns>By these sums, a probability is <c>exp(beta (logit - Shift))</c> times Scale.</returns>
    public static (double Shift, double Scale) WriteSoftmax(double beta, ref RowState row, ScoredRows scores)
    {
        var others = row.Softmax;
        bool hasLabel = row.Label >= 0;
        double t = hasLabel ? beta * (row.LabelLogit - others.Shift) : double.NegativeInfinity, above = Math.Max(0, t);
        double labelWeight = Math.Exp(t - above), total = others.Total * Math.Exp(-above) + labelWeight;
        if (scores.Options.LabelLogLoss)
            scores.LabelLogLosses[row.Index] = hasLabel ? LogLossOf(others, t) : double.NaN;
        if (scores.Options.LogitMoments)
        {
            // Those of a mixture of the label, with its share, and of all other columns.
            double share = labelWeight / total, mean = others.Total > 0 ? others.Mean : t, gap = hasLabel ? t - mean : 0;
            double within = others.Total > 0 ? (1 - share) * others.Variance : 0, between = share * (1 - share) * gap * gap;
            scores.LogitMeans[row.Index] = others.Shift + (mean + share * gap) / beta;
            scores.LogitVariances[row.Index] = (within + between) / beta / beta;
        }

        return (others.Shift + above / beta, 1 / total);
    }

    // Where the label, of exponent t, is the largest, its loss may be far below 1, and is not the difference of two logarithms.
    private static double LogLossOf(in SoftmaxSum others, double t)
    {
        bool isLargest = t > 0 || others.Total == 0;
        return isLargest ? LogOnePlus(others.Total * Math.Exp(-t)) : Math.Log(others.Total + Math.Exp(t)) - t;
    }

    // All logits are zero: tokens come in their own order, each as likely as any other.
    private static void WriteFlat(ScoringBlock block, ref RowState row, ScoredRows scores)
    {
        int vocabulary = block.Columns.Vocabulary, topK = scores.Options.TopK;
        for (int i = 0; i < topK; i++)
        {
            scores.TopTokens[row.Index * topK + i] = i;
            scores.TopScores[row.Index * topK + i] = 0;
        }
        if (scores.Options.LabelRank)
            scores.LabelRanks[row.Index] = row.Label < 0 ? 0 : block.Columns.Tokens[row.Label] + 1;
        if (scores.Options.LabelIsClose)
            scores.LabelIsClose[row.Index] = true;
        if (scores.Options.LabelLogLoss)
            scores.LabelLogLosses[row.Index] = row.Label < 0 ? double.NaN : Math.Log(vocabulary);
        if (scores.Options.NaturalLogLoss)
            scores.NaturalLogLosses[row.Index] = row.Label < 0 ? double.NaN : Math.Log(vocabulary);
        if (scores.Options.LogitMoments)
        {
            scores.LogitMeans[row.Index] = 0;
            scores.LogitVariances[row.Index] = 0;
        }
    }

    // log(1 + x) without losing a small x (Goldberg, What Every Computer Scientist Should Know, theorem 4).
    private static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : x * (Math.Log(sum) / (sum - 1));
    }
}
