using System.Diagnostics;

namespace OVPipeline.Core;

/// <summary>One fit: the start, the steps, and the best factors so far by full looks.</summary>
internal sealed class FitRun(FitProblem problem, LowRankFitOptions options, ResolvedOptions resolved, IProgress<FitProgress>? progress) : IDisposable
{
    // Full softmax is looked at exactly this often; mined softmax where its own estimate reaches the target.
    private const int LookEvery = 20;

    private const int WarmUpSteps = 6;

    private const double CapTolerance = 1e-3, SolutionTolerance = 1e-7;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Random _random = new(options.Seed ?? 1);
    private readonly ExampleScorer _scorer = new(problem, options.Rank, options.Engine);
    private readonly ISoftmaxLoss _loss = options.Engine is IFittingEngine engine ? engine.CreateLoss() : new SoftmaxLoss();
    private readonly PlateauDetector _plateau = new(options.PlateauTolerance);
    private LowRankFit? _best;
    private FitStarts? _startsOrNull;
    private double _bestObjective = double.PositiveInfinity, _accuracy = double.NaN;
    private TimeSpan _descended;

    private FitStarts Starts => _startsOrNull ??= new(problem, options, _scorer, _random);

    public LowRankFit Run(CancellationToken cancellationToken)
    {
        bool closed = resolved.Objective == FitObjective.SquaredError;
        var grams = GramMatrices.Of(problem, centred: !closed, cancellationToken);
        var whitening = new EmbeddingWhitening(grams, problem.Width, cancellationToken);
        if (closed)
            return SolveSquaredError(whitening, cancellationToken);
        return resolved.UntilStationary ? Bounded(whitening, grams, cancellationToken) : Stochastic(whitening, grams, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _loss.Dispose();

    private LowRankFit SolveSquaredError(EmbeddingWhitening whitening, CancellationToken cancellationToken)
    {
        var (whitened, correlations) = CanonicalStart.Of(whitening, options.Rank, SolutionTolerance, _random, cancellationToken);
        double scale = 1.0 / problem.Vocabulary;
        var model = whitening.ToModel(whitened.ScaleProduct(scale));
        double held = options.MaxNorm is { } cap ? Math.Min(1, cap / model.ProductNorm()) : 1; // what a norm leaves of the solution
        var residual = model.Capped(options.MaxNorm).ToResidual();
        var look = FullLook.Of(problem, residual, _scorer, cancellationToken);
        return new(residual, look.LogLoss, look.Accuracy, 0, FitStop.ClosedForm)
        {
            SquaredError = 1 - held * (2 - held) * scale * correlations.Sum(c => c * c),
        };
    }

    private LowRankFit Bounded(EmbeddingWhitening whitening, GramMatrices moments, CancellationToken cancellationToken)
    {
        var starts = Starts.Bounded(whitening, moments, cancellationToken);
        var fit = new BoundedFit(Objective(), moments, problem, options, resolved.Steps);
        _descended = _clock.Elapsed;
        BoundedPoint? reached = null;
        FitStop stop;
        try
        {
            stop = fit.Run(starts, Starts.Known, point =>
            {
                bool look = options.TargetAccuracy is not null && fit.Steps % LookEvery == 0;
                reached = look && Look(point.Factors, cancellationToken).Accuracy >= options.TargetAccuracy ? point : null;
                Report(fit.Steps, fit.MostSteps, point.Objective);
                return reached is not null;
            }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && fit.Best is not null)
        {
            stop = FitStop.Cancelled;
        }
        if (stop == FitStop.TargetAccuracy)
            return Result(fit.Steps, stop, reached!.Stationarity);
        _bestObjective = double.PositiveInfinity; // the fit knows better than looks on its way
        Look(fit.Best!.Factors, CancellationToken.None);
        return Result(fit.Steps, stop, fit.Best.Stationarity);
    }

    private LowRankFit Stochastic(EmbeddingWhitening whitening, GramMatrices moments, CancellationToken cancellationToken)
    {
        var start = Start(whitening, moments, cancellationToken);
        var factors = whitening.FromModel(start);
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
        if (stop != FitStop.TargetAccuracy)
            LookBack(start, whitening.ToModel(factors));
        if (resolved.GoesOn && stop is FitStop.Steps or FitStop.Plateau)
            return GoOn(step, moments, cancellationToken);
        return Result(step, stop, ResolvedOptions.IsBounded(options) ? Stationarity(_best!.Residual) : null);
    }

    // Batches come near the bounded minimum; all examples at once come to it.
    private LowRankFit GoOn(int steps, GramMatrices moments, CancellationToken cancellationToken)
    {
        var fit = new BoundedFit(Objective(), moments, problem, options, ResolvedOptions.UntilStationarySteps);
        FitStop stop;
        try
        {
            stop = fit.Run([FactorPair.Balanced(_best!.Residual, options.Rank)], [], point =>
            {
                Report(steps + fit.Steps, steps + fit.MostSteps, point.Objective);
                return false;
            }, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            stop = FitStop.Cancelled;
        }
        if (fit.Best is null)
            return Result(steps, stop, null);
        _bestObjective = double.PositiveInfinity; // what it started from is no better
        Look(fit.Best.Factors, CancellationToken.None);
        return Result(steps + fit.Steps, stop, fit.Best.Stationarity);
    }

    // What is known to be possible is looked at exactly, and the start where it seems that no step was to the good.
    private void LookBack(FactorPair start, FactorPair end)
    {
        foreach (var known in Starts.Known)
            Look(known, CancellationToken.None);
        if (SampleObjective(start, CancellationToken.None) < SampleObjective(end, CancellationToken.None))
            Look(start, CancellationToken.None);
    }

    // Of several starts the best on a sample.
    private FactorPair Start(EmbeddingWhitening whitening, GramMatrices moments, CancellationToken cancellationToken)
    {
        IReadOnlyList<FactorPair> starts = ResolvedOptions.IsBounded(options)
            ? Starts.Bounded(whitening, moments, cancellationToken)
            : [Starts.Free(whitening, cancellationToken), .. Starts.Known];
        return starts.Count == 1 ? starts[0] : starts.MinBy(start => SampleObjective(start, cancellationToken))!;
    }

    private double SampleObjective(FactorPair model, CancellationToken cancellationToken) =>
        Starts.SampleLoss(model, cancellationToken) + options.WeightDecay / 2 * model.SquaredNorm();

    private BoundedObjective Objective() => new(problem, _loss, options.WeightDecay, options.MaxNorm);

    // One more pass over all logits.
    private double Stationarity(FactoredMatrix pair) =>
        Objective().At(FactorPair.Balanced(pair, options.Rank), held: false, CancellationToken.None).Stationarity;

    private LowRankFit Result(int steps, FitStop stop, double? stationarity) =>
        _best! with { Steps = steps, StopReason = stop, Stationarity = stationarity };

    private FitStop Descend(EmbeddingWhitening whitening, ref FactorPair factors, ref int step, ref int looked, CancellationToken cancellationToken)
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
            Report(step, resolved.Steps, loss);
            if (_plateau.Add(loss))
                return FitStop.Plateau;
        }
        return FitStop.Steps;
    }

    // A short warm-up while Adam's moments settle, then a straight line to zero.
    private double Rate(int step) => resolved.LearningRate * Math.Min(1, (step + 1.0) / WarmUpSteps) * (1 - (double)step / resolved.Steps);

    private FullLook Look(FactorPair model, CancellationToken cancellationToken)
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

    private void Report(int step, int steps, double loss)
    {
        var elapsed = _clock.Elapsed;
        progress?.Report(new(step, steps, loss, double.IsNaN(_accuracy) ? null : _accuracy, elapsed,
            (elapsed - _descended) * ((double)(steps - step) / step)));
    }
}
