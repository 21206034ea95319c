using System.Diagnostics;

namespace OVPipeline.Core;

/// <summary>One fit: the start, the steps, and the best factors so far by full looks.</summary>
internal sealed class FitRun(FitProblem problem, LowRankFitOptions options, ResolvedOptions resolved, IProgress<FitProgress>? progress) : IDisposable
{
    // Full softmax is looked at exactly this often; mined softmax where its own estimate reaches the target.
    private const int LookEvery = 20;

    private const int ScaleRows = 256, WarmUpSteps = 6;

    private const double CapTolerance = 1e-3;

    private const double LeastScale = 1.0 / 64, StartTolerance = 1e-2, SolutionTolerance = 1e-7;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Random _random = new(options.Seed ?? 1);
    private readonly ExampleScorer _scorer = new(problem, options.Rank, options.Engine);
    private readonly ISoftmaxLoss _loss = options.Engine is IFittingEngine engine ? engine.CreateLoss() : new SoftmaxLoss();
    private readonly PlateauDetector _plateau = new(options.PlateauTolerance);
    private LowRankFit? _best;
    private double _bestObjective = double.PositiveInfinity, _accuracy = double.NaN;
    private TimeSpan _descended;

    public LowRankFit Run(CancellationToken cancellationToken)
    {
        bool closed = resolved.Objective == FitObjective.SquaredError;
        var grams = GramMatrices.Of(problem, centred: !closed, cancellationToken);
        var whitening = new Whitening(grams, problem.Width, cancellationToken);
        if (closed)
            return SolveSquaredError(whitening, cancellationToken);
        var factors = Start(whitening, cancellationToken);
        int step = 0, looked = -1;
        FitStop stop;
        try
        {
            stop = Descend(whitening, ref factors, ref step, ref looked, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            stop = FitStop.Cancelled;
        }
        if (looked < step)
            Look(whitening.ToModel(factors), CancellationToken.None);
        return _best! with { Steps = step, StopReason = stop };
    }

    /// <inheritdoc/>
    public void Dispose() => _loss.Dispose();

    private LowRankFit SolveSquaredError(Whitening whitening, CancellationToken cancellationToken)
    {
        var (whitened, correlations) = CanonicalStart.Of(whitening, options.Rank, SolutionTolerance, _random, cancellationToken);
        double scale = 1.0 / problem.Vocabulary;
        var residual = whitening.ToModel(whitened.ScaleProduct(scale)).Capped(options.MaxNorm).ToResidual();
        var look = FullLook.Of(problem, residual, _scorer, cancellationToken);
        return new(residual, look.LogLoss, look.Accuracy, 0, FitStop.ClosedForm) { SquaredError = 1 - scale * correlations.Sum(c => c * c) };
    }

    private Factors Start(Whitening whitening, CancellationToken cancellationToken)
    {
        if (options.InitialFactors is { } initial)
            return whitening.FromModel(new Factors(initial.A, initial.B.Transpose()).Capped(options.MaxNorm));
        var (whitened, _) = CanonicalStart.Of(whitening, options.Rank, StartTolerance, _random, cancellationToken);
        var model = whitening.ToModel(whitened);
        return whitening.FromModel(model.ScaleProduct(BestScale(model, cancellationToken)).Capped(options.MaxNorm));
    }

    // The scale of the whole map with the lowest loss, on a sample of the examples; never 0, where no gradient leads away.
    private double BestScale(Factors model, CancellationToken cancellationToken)
    {
        int[] sample = new int[Math.Min(problem.Rows, ScaleRows)];
        for (int i = 0; i < sample.Length; i++)
            sample[i] = (int)((long)i * problem.Rows / sample.Length);
        var residual = model.ToResidual();
        var circuit = _scorer.Circuit(residual, cancellationToken);
        var rows = _scorer.Rows(residual, sample, cancellationToken);
        int[] labels = [.. sample.Select(i => problem.Labels[i])];
        return Math.Max(LeastScale, TemperatureFit.Fit(_scorer.Engine, circuit, rows, labels, cancellationToken).InverseTemperature);
    }

    private FitStop Descend(Whitening whitening, ref Factors factors, ref int step, ref int looked, CancellationToken cancellationToken)
    {
        bool full = resolved.Objective == FitObjective.FullSoftmax;
        IBatchSource batches = full
            ? new FullBatches(problem, resolved.BatchSize, _random)
            : new MinedBatches(problem, _scorer, resolved.BatchSize, _random, new());
        _descended = _clock.Elapsed;
        var adam = new Adam(problem.Width, options.Rank);
        while (step < resolved.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var model = whitening.ToModel(factors);
            var batch = batches.Next(model.ToResidual(), (double)step / resolved.Steps, cancellationToken);
            if (batches.Accuracy is { } estimate)
                _accuracy = estimate;
            if (full ? step % LookEvery == 0 : batches.Accuracy >= options.TargetAccuracy)
            {
                var look = Look(model, cancellationToken);
                looked = step;
                if (look.Accuracy >= options.TargetAccuracy)
                    return FitStop.TargetAccuracy;
            }
            var (loss, gradient) = _loss.Evaluate(batch, model, cancellationToken);
            loss += options.WeightDecay / 2 * model.SquaredNorm();
            gradient.Add(model, options.WeightDecay);
            if (options.MaxNorm is { } cap && model.ProductNorm() >= (1 - CapTolerance) * cap)
                gradient.RemoveGrowth(model);
            adam.Step(factors, whitening.PullBack(gradient), Rate(step));
            step++;
            if (options.MaxNorm is not null)
                factors = whitening.FromModel(whitening.ToModel(factors).Capped(options.MaxNorm));
            Report(step, loss);
            if (_plateau.Add(loss))
                return FitStop.Plateau;
        }
        return FitStop.Steps;
    }

    // A short warm-up while Adam's moments settle, then a straight line to zero.
    private double Rate(int step) => resolved.LearningRate * Math.Min(1, (step + 1.0) / WarmUpSteps) * (1 - (double)step / resolved.Steps);

    private FullLook Look(Factors model, CancellationToken cancellationToken)
    {
        var residual = model.ToResidual();
        var look = FullLook.Of(problem, residual, _scorer, cancellationToken);
        double objective = look.LogLoss + options.WeightDecay / 2 * model.SquaredNorm();
        bool reached = look.Accuracy >= options.TargetAccuracy;
        if (reached || objective < _bestObjective)
        {
            _best = new(residual, look.LogLoss, look.Accuracy, 0, FitStop.Steps);
            _bestObjective = objective;
        }
        _accuracy = look.Accuracy;
        return look;
    }

    private void Report(int step, double loss)
    {
        var elapsed = _clock.Elapsed;
        progress?.Report(new(step, resolved.Steps, loss, double.IsNaN(_accuracy) ? null : _accuracy, elapsed,
            (elapsed - _descended) * ((double)(resolved.Steps - step) / step)));
    }
}
