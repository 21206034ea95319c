using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Puts the columns that were followed in order, and finds the rows whose order is not certain.</summary>
/// <param name="vocabulary">Columns in all.</param>
/// <param name="limits">Each row's error bounds.</param>
/// <param name="places">Each row's place among the results.</param>
/// <param name="scores">Where the results go.</param>
internal sealed class TopDecisions(int vocabulary, RowLimits[] limits, int[] places, ScoredRows scores)
{
    /// <summary>Writes each row's top tokens and their logits.</summary>
    /// <returns>By how much a logit was further from the one in double precision than its bound allows; above 0 where one was.</returns>
    public double Write(TopColumns top, RowDecision[] decisions, CancellationToken cancellationToken)
    {
        var (tokens, singles, logits) = top.Finish(cancellationToken);
        int topK = scores.Options.TopK, count = top.Count;
        var order = new int[count];
        double excess = double.NegativeInfinity;
        for (int i = 0; i < places.Length; i++)
        {
            int first = i * count;
            for (int q = 0; q < count; q++)
            {
                order[q] = first + q;
                excess = Math.Max(excess, Math.Abs(singles[first + q] - logits[first + q]) - limits[i].Single - limits[i].Double);
            }
            Array.Sort(order, (a, b) => logits[b].CompareTo(logits[a]));
            for (int q = 0; q < topK; q++)
            {
                scores.TopTokens[(places[i] * topK) + q] = (int)tokens[order[q]];
                scores.TopScores[(places[i] * topK) + q] = (float)logits[order[q]];
            }
            var decision = Decide(i, singles.AsSpan(first, count), order, logits);
            decisions[i] = decision > decisions[i] ? decision : decisions[i];
        }
        return excess;
    }

    // Singles are in falling order: no column that was not followed is above the last of them, by single precision.
    private RowDecision Decide(int row, ReadOnlySpan<float> singles, int[] order, double[] logits)
    {
        double single = limits[row].Single;
        double twice = 2 * limits[row].Double;
        int topK = scores.Options.TopK;
        bool isClear = true;
        for (int q = 0; q < topK && q + 1 < order.Length; q++)
        {
            if (!(logits[order[q]] - logits[order[q + 1]] > twice))
                return RowDecision.LeftOpen;
            isClear &= singles[q] - (double)singles[q + 1] > 2 * single;
        }
        bool isComplete = order.Length == vocabulary || logits[order[topK - 1]] - singles[^1] > single + twice;
        if (!isComplete)
            return RowDecision.LeftOpen;
        return isClear ? RowDecision.InSingle : RowDecision.InDouble;
    }
}
