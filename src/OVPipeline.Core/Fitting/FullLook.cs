namespace OVPipeline.Core;

/// <summary>The figures of a pair over the whole vocabulary.</summary>
/// <param name="LogLoss">Weighted mean log-loss of the examples, in nats.</param>
/// <param name="Accuracy">Share of the examples, by weight, whose label is ranked first.</param>
internal readonly record struct FullLook(double LogLoss, double Accuracy)
{
    /// <summary>Scores every example exactly.</summary>
    public static FullLook Of(FitProblem problem, FactoredMatrix residual, ExampleScorer scorer, CancellationToken cancellationToken)
    {
        double loss = 0, first = 0, missed = 0;
        int[] all = [.. Enumerable.Range(0, problem.Rows)];
        scorer.Score(residual, all, new() { LabelRank = true, LabelLogLoss = true }, Add, cancellationToken);
        return new(loss, first / (first + missed)); // weights sum to 1 but for rounding: so none is 0, and all is 1

        void Add(int example, ScoredRows scores, int row)
        {
            loss += problem.Weights[example] * scores.LabelLogLosses[row];
            if (scores.LabelRanks[row] == 1)
                first += problem.Weights[example];
            else
                missed += problem.Weights[example];
        }
    }
}
