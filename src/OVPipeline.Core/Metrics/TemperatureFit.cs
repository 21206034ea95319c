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

    // A step that is a smaller part of the inverse temperature than this is the last: the loss is then within its square, 1e-8.
    private const double Converged = 1e-4;

    // Two samples. The mean loss of so many rows has a standard error of 1/45 of its spread, a few hundredths of the inverse temperature
    // at most: one more step on all rows is left. The few rows bring the sample near in passes that cost an eighth of its own.
    private const int SampleRows = 2048, FewRows = 512, FewEnough = 8192;
    private const double Near = 0.03;

    /// <summary>
    /// Minimises the mean log-loss of labelled rows over the inverse temperature, a convex problem, by safeguarded Newton steps. Each
    /// is one pass over the rows. Where there are many, steps are taken on evenly spread samples and one pass sees all rows, at a point
    /// from which the last step is small: it gives loss, slope and curvature there, and the sample what is left of the loss at the
    /// minimum from the third order on. That loss is off by less than 1e-6 nats.
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
        return Fit(engine, columns, rows, labels, null, cancellationToken);
    }

    /// <summary>The same with every row's rank and log-loss at natural scale, which the pass over all rows gives on its way.</summary>
    internal static TemperatureFit Evaluate(IScoringEngine engine, OutputColumns columns, ReadOnlyMemory<float> rows,
        ReadOnlyMemory<int> labels, NaturalScores natural, CancellationToken cancellationToken)
    {
        var fit = Fit(engine, columns, rows, labels, natural, cancellationToken);
        if (!natural.IsTaken)
            new LabelledRows(engine, columns, rows, labels, cancellationToken) { Natural = natural }.Pass(1);
        return fit;
    }

    private static TemperatureFit Fit(IScoringEngine engine, OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels,
        NaturalScores? natural, CancellationToken cancellationToken)
    {
        int count = labels.Length;
        if (count == 0 || rows.Length != (long)count * columns.Rank)
        {
            string wanted = $"{count} labelled rows of rank {columns.Rank} take {(long)count * columns.Rank} values";
            throw new ArgumentException($"{wanted}, were given {rows.Length}.", nameof(rows));
        }
        var all = new LabelledRows(engine, columns, rows, labels, cancellationToken) { Natural = natural };
        if (count <= FewEnough)
            return all.Minimise(1, Converged).Fit;
        var sample = all.Sample(SampleRows);
        double start = all.Sample(FewRows).Minimise(1, Near).Target;
        start = sample.Minimise(start > 0 ? start : 1, Near).Target;
        if (start == 0)
            return new(0, Math.Log(columns.Vocabulary));
        var at = all.Minimise(start, Near);
        if (at.Step == 0)
            return at.Fit;
        double remainder = sample.Pass(at.Target).Loss - sample.Pass(at.Beta).LossAfter(at.Step);
        return new(at.Target, at.LossAfter(at.Step) + remainder);
    }

    /// <summary>The mean log-loss at an inverse temperature, with its first two derivatives; and the step to take from there.</summary>
    private readonly record struct Point(double Beta, double Loss, double Slope = 0, double Curvature = 0, double Step = 0)
    {
        public double Target => Beta + Step;

        public TemperatureFit Fit => new(Beta, Loss);

        // To second order.
        public double LossAfter(double step) => Loss + step * (Slope + step * Curvature / 2);
    }

    private sealed class LabelledRows
    {
        private readonly IScoringEngine _engine;
        private readonly OutputColumns _columns;
        private readonly ReadOnlyMemory<float> _rows;
        private readonly ReadOnlyMemory<int> _labels;
        private readonly double _labelLogit, _meanLogit;
        private readonly CancellationToken _cancellationToken;

        public LabelledRows(IScoringEngine engine, OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels,
            CancellationToken cancellationToken)
        {
            _engine = engine;
            _columns = columns;
            _rows = rows;
            _labels = labels;
            _cancellationToken = cancellationToken;
            (_labelLogit, _meanLogit) = MeanLogits(columns, rows.Span, labels.Span);
        }

        /// <summary>What takes the rows' ranks and log-losses at natural scale from the first pass that has them.</summary>
        public NaturalScores? Natural { get; init; }

        /// <summary>So many of the rows, evenly spread.</summary>
        public LabelledRows Sample(int count)
        {
            int rank = _columns.Rank;
            var rows = new float[count * rank];
            var labels = new int[count];
            for (int i = 0; i < count; i++)
            {
                int from = (int)((long)i * _labels.Length / count);
                labels[i] = _labels.Span[from];
                _rows.Span.Slice(from * rank, rank).CopyTo(rows.AsSpan(i * rank));
            }
            return new(_engine, _columns, rows, labels, _cancellationToken);
        }

        /// <summary>
        /// The first point from which Newton's step is at most so large a part of the inverse temperature, and that step; without a step
        /// the lowest point there is, where there is no such point.
        /// </summary>
        public Point Minimise(double start, double enough)
        {
            // At inverse temperature 0 every token is as likely: the slope there is the mean logit less the mean logit of the labels.
            double low = 0, high = double.PositiveInfinity, beta = start;
            var best = new Point(0, Math.Log(_columns.Vocabulary));
            if (_meanLogit >= _labelLogit)
                return best;
            for (int pass = 0; pass < MaxPasses; pass++)
            {
                var at = Pass(beta);
                if (at.Loss < best.Loss)
                    best = new(beta, at.Loss);
                (low, high) = at.Slope < 0 ? (beta, high) : (low, beta);
                double next = beta - at.Slope / at.Curvature;
                bool isNewton = next > low && next < high;
                if (!isNewton)
                    next = double.IsPositiveInfinity(high) ? 4 * beta : (low + high) / 2;
                if (at.Loss < 1e-12)
                    break;
                if (Math.Abs(next - beta) <= enough * beta)
                    return isNewton && enough > Converged ? at with { Step = next - beta } : best;
                beta = next;
            }
            return best;
        }

        public Point Pass(double beta)
        {
            bool takes = Natural is { IsTaken: false } && (beta == 1 || _engine is CpuEngine);
            var options = new ScoringOptions
            {
                LabelLogLoss = true,
                LogitMoments = true,
                InverseTemperature = beta,
                LabelRank = takes,
                NaturalLogLoss = takes && beta != 1,
            };
            int count = _labels.Length;
            var block = new ScoredRows(options, Math.Min(_engine.PreferredRows, count), _columns.Vocabulary);
            double loss = 0, mean = 0, variance = 0;
            for (int from = 0, n; from < count; from += n)
            {
                n = Math.Min(block.Capacity, count - from);
                var rows = _rows.Slice(from * _columns.Rank, n * _columns.Rank);
                _engine.Score(_columns, rows, _labels.Slice(from, n), block, _cancellationToken);
                if (takes)
                    Natural!.Take(from, n, block);
                for (int i = 0; i < n; i++)
                {
                    loss += block.LabelLogLosses[i];
                    mean += block.LogitMeans[i];
                    variance += block.LogitVariances[i];
                }
            }
            return new(beta, loss / count, mean / count - _labelLogit, variance / count);
        }
    }

    private static (double Label, double All) MeanLogits(OutputColumns columns, ReadOnlySpan<float> rows, ReadOnlySpan<int> labels)
    {
        const int Together = 64; // rows, whose values of one dimension after the other come from the cache
        double label = 0, all = 0;
        for (int from = 0; from < labels.Length; from += Together)
            for (int k = 0; k < columns.Rank; k++)
            {
                var column = columns.G.Row(k);
                double mean = columns.Mean[k];
                for (int i = from; i < Math.Min(labels.Length, from + Together); i++)
                {
                    double value = rows[i * columns.Rank + k];
                    label += value * column[labels[i]];
                    all += value * mean;
                }
            }
        return (label / labels.Length, all / labels.Length);
    }
}
