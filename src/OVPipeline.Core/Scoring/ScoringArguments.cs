namespace OVPipeline.Core;

/// <summary>Checks what a scoring engine is given, once, before anything is computed.</summary>
internal static class ScoringArguments
{
    /// <summary>Throws where sizes do not fit, a label is out of range, or a row is not finite.</summary>
    /// <exception cref="ArgumentException">Says what is wrong, and in which row.</exception>
    public static void Require(OutputColumns columns, ReadOnlySpan<float> rows, ReadOnlySpan<int> labels, ScoredRows scores)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(scores);
        int rank = columns.Rank, count = rows.Length / rank;
        if (rows.Length % rank != 0)
            throw new ArgumentException($"Rows hold {rank} values each, were given {rows.Length} values.", nameof(rows));
        if (scores.Vocabulary != columns.Vocabulary)
        {
            string message = $"The scores are for a vocabulary of {scores.Vocabulary}, the columns are of {columns.Vocabulary}.";
            throw new ArgumentException(message, nameof(scores));
        }
        if (scores.Capacity < count)
            throw new ArgumentException($"There is room for the scores of {scores.Capacity} rows, were given {count}.", nameof(scores));
        double beta = scores.Options.InverseTemperature;
        if (!(beta > 0) || !double.IsFinite(beta))
            throw new ArgumentException($"InverseTemperature must be positive and finite, was {beta}.", nameof(scores));
        RequireLabels(labels, count, columns.Vocabulary, scores.Options);
        for (int i = 0; i < count; i++)
            foreach (float value in rows.Slice(i * rank, rank))
                if (!float.IsFinite(value))
                    throw new ArgumentException($"Row {i} is not finite: it holds {value}.", nameof(rows));
    }

    private static void RequireLabels(ReadOnlySpan<int> labels, int count, int vocabulary, ScoringOptions options)
    {
        bool needed = options.LabelRank || options.LabelLogLoss;
        if (labels.Length != count && (needed || labels.Length > 0))
            throw new ArgumentException($"One label a row is needed, -1 for none: {count} rows, {labels.Length} labels.", nameof(labels));
        for (int i = 0; i < labels.Length; i++)
            if (labels[i] < -1 || labels[i] >= vocabulary)
            {
                string message = $"The label of row {i} must be in [0, {vocabulary}), or -1 for none, was {labels[i]}.";
                throw new ArgumentException(message, nameof(labels));
            }
    }
}
