namespace OVPipeline.Core;

/// <summary>Where fits start, in the model's coordinates: each at the scale that suits it, within the norm.</summary>
internal sealed class FitStarts(FitProblem problem, LowRankFitOptions options, ExampleScorer scorer, Random random)
{
    // Examples that starts are scaled and compared on: the mean of so many losses has a standard error of 1/16 of their spread.
    private const int ScaleRows = 256;

    // Of a start: any scale that is clearly not 0. A fit moves it within a few steps.
    private const double LeastScale = 1.0 / 64;

    // What is left out of the sum of squared singular values: a closed-form start need only be near, as the fit rotates it; the steepest
    // pair at zero, from which a bounded descent goes straight on, is wanted closer.
    private const double StartTolerance = 1e-2, GradientTolerance = 1e-4;

    // Of the norm of a known pair of lower rank: enough to lead away from zeros, too little to matter.
    private const double Seedling = 1e-2;

    // Where a pass over all logits takes about a millisecond, local minima are looked for from so many random pairs, too.
    private const long CheapPass = 1L << 24; // multiply-adds
    private const int RandomStarts = 8;

    private readonly int[] _sample = EvenlySpread(problem.Rows, Math.Min(problem.Rows, ScaleRows));

    private readonly IReadOnlyList<FactorPair> _given =
        [.. options.KnownFactors.Select(known => FactorPair.Balanced(known, options.Rank).Capped(options.MaxNorm))];

    /// <summary>
    /// Pairs that are known to be within the bounds, balanced and of the fit's rank; with weight decay the zero pair too, which is the
    /// best where no direction gains more than it costs.
    /// </summary>
    public IReadOnlyList<FactorPair> Known => options.WeightDecay > 0
        ? [.. _given, new FactorPair(new Matrix(problem.Width, options.Rank), new Matrix(problem.Width, options.Rank))]
        : _given;

    /// <summary>The start of a fit without bounds: the pair it was given, else the closed form.</summary>
    public FactorPair Free(EmbeddingWhitening whitening, CancellationToken cancellationToken) => options.InitialFactors is { } initial
        ? new FactorPair(initial.A, initial.B.Transpose()).Capped(options.MaxNorm)
        : Closed(whitening, cancellationToken);

    /// <summary>
    /// The starts of a fit within bounds: the pair it was given, else the closed form and the steepest pair of the rank at zero; and
    /// what is known to be within the bounds, filled up to the rank.
    /// </summary>
    /// <param name="whitening">Of the embeddings.</param>
    /// <param name="moments">Of the embeddings, centred: the gradient of the loss at zero is their cross moment, negated.</param>
    /// <param name="cancellationToken">Checked between starts.</param>
    public IReadOnlyList<FactorPair> Bounded(EmbeddingWhitening whitening, GramMatrices moments, CancellationToken cancellationToken)
    {
        // The draw is made whether the steepest pair is wanted or not: what is drawn after it stays the same.
        var draw = TruncatedSvd.StartOf(problem.Width, options.Rank, random);
        var steepest = new Lazy<FactorPair>(() => Steepest(moments, draw, cancellationToken));
        List<FactorPair> starts = options.InitialFactors is { } initial
            ? [FactorPair.Balanced(initial, options.Rank).Capped(options.MaxNorm)]
            : [Scaled(steepest.Value, cancellationToken), Closed(whitening, cancellationToken)];
        if (options.InitialFactors is null && AreCheap(problem, options))
            starts.AddRange(Enumerable.Range(0, RandomStarts).Select(_ => Scaled(RandomPair(cancellationToken), cancellationToken)));
        starts.AddRange(_given.Zip(options.KnownFactors, (known, pair) => Filled(known, Math.Min(pair.Rank, options.Rank), steepest)));
        return starts;
    }

    /// <summary>Whether descents are so cheap that each start is followed to its end.</summary>
    public static bool AreCheap(FitProblem problem, LowRankFitOptions options) =>
        (long)problem.Rows * problem.OutputVocabulary * options.Rank <= CheapPass;

    /// <summary>Mean log-loss of a pair on a sample of the examples, in nats.</summary>
    public double SampleLoss(FactorPair model, CancellationToken cancellationToken)
    {
        double loss = 0;
        scorer.Score(model.ToResidual(), _sample, new() { LabelLogLoss = true }, Add, cancellationToken);
        return loss / _sample.Length;

        void Add(int example, ScoredRows scores, int row) => loss += scores.LabelLogLosses[row];
    }

    private static int[] EvenlySpread(int rows, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (int)((long)i * rows / count))];

    private FactorPair Closed(EmbeddingWhitening whitening, CancellationToken cancellationToken)
    {
        var (whitened, _) = CanonicalStart.Of(whitening, options.Rank, StartTolerance, random, cancellationToken);
        return Scaled(whitening.ToModel(whitened), cancellationToken);
    }

    private FactorPair Steepest(GramMatrices moments, Matrix? draw, CancellationToken cancellationToken)
    {
        int width = problem.Width;
        var cross = new Matrix(width, width, Array.ConvertAll(moments.Cross, value => (float)value));
        return CanonicalStart.Rooted(TruncatedSvd.Of(cross, options.Rank, GradientTolerance, draw, cancellationToken));
    }

    // Within the spans of the embeddings, of random signs and sizes.
    private FactorPair RandomPair(CancellationToken cancellationToken)
    {
        Matrix Columns(Matrix rows) => MatrixProduct.TransposeMultiply(rows,
            Matrix.Create(rows.Rows, options.Rank, (_, _) => (float)(random.NextDouble() - 0.5)), cancellationToken);
        return new(Columns(problem.Sources), Columns(problem.Outputs));
    }

    private FactorPair Scaled(FactorPair model, CancellationToken cancellationToken) =>
        model.ScaleProduct(BestScale(model, cancellationToken)).Capped(options.MaxNorm);

    // The scale of the whole map with the lowest loss, on a sample of the examples; never 0, where no gradient leads away.
    private double BestScale(FactorPair model, CancellationToken cancellationToken)
    {
        var residual = model.ToResidual();
        var columns = scorer.Columns(residual, cancellationToken);
        var rows = scorer.Rows(residual, _sample, cancellationToken);
        int[] labels = [.. _sample.Select(i => problem.Labels[i])];
        return Math.Max(LeastScale, TemperatureFit.Fit(scorer.Engine, columns, rows, labels, cancellationToken).InverseTemperature);
    }

    // Zeros in both factors are a saddle that no gradient leads away from: the steepest pair's dimensions stand there, small.
    private FactorPair Filled(FactorPair known, int rank, Lazy<FactorPair> steepestPair)
    {
        if (rank == options.Rank)
            return known;
        var steepest = steepestPair.Value;
        double scale = Math.Sqrt(Seedling * known.ProductNorm() / steepest.ProductNorm());
        if (!double.IsFinite(scale))
            return known;
        Matrix Fill(Matrix columns, Matrix seeds) =>
            Matrix.Create(columns.Rows, columns.Columns, (i, k) => k < rank ? columns[i, k] : (float)(scale * seeds[i, k - rank]));
        return new FactorPair(Fill(known.Left, steepest.Left), Fill(known.Right, steepest.Right)).Capped(options.MaxNorm);
    }
}
