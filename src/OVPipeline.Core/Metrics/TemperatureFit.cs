namespace OVPipeline.Core;

/// <summary>
/// The one scalar that makes a circuit's logits the best predictions they can be: the log-loss at it compares circuits whose natural
/// scales differ.
/// </summary>
/// <param name="InverseTemperature">What the logits are multiplied by; 0 where the labels' logits lie below average.</param>
/// <param name="LogLoss">Mean log-loss at it, in nats, over the whole vocabulary.</param>
public sealed record TemperatureFit(double InverseTemperature, double LogLoss)
{
    // Newton's steps end in under ten; where they leave the interval it is halved, some fifteen times to 1e-4 of it. Nothing comes near.
    private const int MaxPasses = 60;

    // The mean loss of so many rows has a standard error of 1/64 of its spread: near enough to start the few passes over all rows from.
    private const int SampleRows = 4096;

    /// <summary>
    /// Minimises the mean log-loss of labelled rows over the inverse temperature, a convex problem, by safeguarded Newton steps. Each
    /// is one pass over the rows; where there are many, all but the last few see an evenly spread sample.
    /// </summary>
    /// <param name="engine">What scores.</param>
    /// <param name="columns">The columns that are scored against.</param>
    /// <param name="rows">n rows of r values.</param>
    /// <param name="labels">n 0-based tokens.</param>
    /// <param name="cancellationToken">Checked within every pass.</param>
    /// <exception cref="ArgumentException">There are no rows, or sizes do not fit.</exception>
    public static TemperatureFit Fit(IScoringEngine engine, OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(columns);
        int count = labels.Length;
        if (count == 0 || rows.Length != (long)count * columns.Rank)
        {
            string wanted = $"{count} labelled rows of rank {columns.Rank} take {(long)count * columns.Rank} values";
            throw new ArgumentException($"{wanted}, were given {rows.Length}.", nameof(rows));
        }
        double start = 1;
        if (count > 2 * SampleRows)
        {
            int[] chosen = [.. Enumerable.Range(0, SampleRows).Select(i => (int)((long)i * count / SampleRows))];
            var sampleRows = new Matrix(count, columns.Rank, rows.ToArray()).SelectRows(chosen);
            int[] sampleLabels = [.. chosen.Select(i => labels.Span[i])];
            start = Minimise(engine, columns, sampleRows.Data, sampleLabels, 1, cancellationToken).InverseTemperature;
        }
        return start == 0 ? new(0, Math.Log(columns.Vocabulary)) : Minimise(engine, columns, rows, labels, start, cancellationToken);
    }

    private static TemperatureFit Minimise(IScoringEngine engine, OutputColumns columns, ReadOnlyMemory<float> rows,
        ReadOnlyMemory<int> labels, double start, CancellationToken cancellationToken)
    {
        // At inverse temperature 0 every token is as likely: the slope there is the mean logit less the mean logit of the labels.
        var (labelLogit, meanLogit) = MeanLogits(columns, rows.Span, labels.Span);
        double low = 0, high = double.PositiveInfinity, beta = start;
        var best = new TemperatureFit(0, Math.Log(columns.Vocabulary));
        if (meanLogit >= labelLogit)
            return best;
        for (int pass = 0; pass < MaxPasses; pass++)
        {
            var (loss, slope, curvature) = Pass(beta);
            if (loss < best.LogLoss)
                best = new(beta, loss);
            (low, high) = slope < 0 ? (beta, high) : (low, beta);
            double next = beta - slope / curvature;
            if (!(next > low && next < high))
                next = double.IsPositiveInfinity(high) ? 4 * beta : (low + high) / 2;
            if (Math.Abs(next - beta) <= 1e-4 * beta || loss < 1e-12)
                break;
            beta = next;
        }
        return best;

        (double Loss, double Slope, double Curvature) Pass(double beta)
        {
            var options = new ScoringOptions { LabelLogLoss = true, LogitMoments = true, InverseTemperature = beta };
            var block = new ScoredRows(options, Math.Min(engine.PreferredRows, labels.Length), columns.Vocabulary);
            double loss = 0, mean = 0, variance = 0;
            for (int from = 0, n; from < labels.Length; from += n)
            {
                n = Math.Min(block.Capacity, labels.Length - from);
                engine.Score(columns, rows.Slice(from * columns.Rank, n * columns.Rank), labels.Slice(from, n), block, cancellationToken);
                for (int i = 0; i < n; i++)
                {
                    loss += block.LabelLogLosses[i];
                    mean += block.LogitMeans[i];
                    variance += block.LogitVariances[i];
                }
            }
            return (loss / labels.Length, mean / labels.Length - labelLogit, variance / labels.Length);
        }
    }

    private static (double Label, double All) MeanLogits(OutputColumns columns, ReadOnlySpan<float> rows, ReadOnlySpan<int> labels)
    {
        double label = 0, all = 0;
        for (int k = 0; k < columns.Rank; k++)
        {
            var column = columns.G.Row(k);
            double mean = 0;
            foreach (float value in column)
                mean += value;
            mean /= column.Length;
            for (int i = 0; i < labels.Length; i++)
            {
                double value = rows[i * columns.Rank + k];
                label += value * column[labels[i]];
                all += value * mean;
            }
        }
        return (label / labels.Length, all / labels.Length);
    }
}
