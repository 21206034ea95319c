namespace OVPipeline.Core;

/// <summary>The figures of a pair over the whole vocabulary.</summary>
/// <param name="LogLoss">Weighted mean log-loss of the examples, in nats.</param>
/// <param name="Accuracy">Share of the examples, by weight, whose label is ranked first.</param>
internal readonly record struct FullLook(double LogLoss, double Accuracy)
{
    /// <summary>Scores every example exactly.</summary>
    public static FullLook Of(FitProblem problem, FactoredMatrix residual, IScoringEngine engine, CancellationToken cancellationToken)
    {
        var circuit = problem.Circuit(residual, cancellationToken);
        double loss = 0, missed = 0;
        var scores = new ScoredRows(new() { LabelRank = true, LabelLogLoss = true }, Math.Min(engine.PreferredRows, problem.Rows), problem.Vocabulary);
        for (int from = 0; from < problem.Rows; from += scores.Capacity)
        {
            int count = Math.Min(scores.Capacity, problem.Rows - from);
            engine.Score(circuit, problem.RowsOf(circuit, from, count), problem.Labels.AsMemory(from, count), scores, cancellationToken);
            for (int i = 0; i < count; i++)
            {
                loss += problem.Weights[from + i] * scores.LabelLogLosses[i];
                missed += scores.LabelRanks[i] == 1 ? 0 : problem.Weights[from + i];
            }
        }
        return new(loss, 1 - missed);
    }
}
