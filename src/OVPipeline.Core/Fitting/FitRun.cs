using System.Diagnostics;

namespace OVPipeline.Core;

/// <summary>One fit: the start, the steps, and the best factors so far by exact looks at the whole vocabulary.</summary>
/// <remarks>
/// <code>
///   second moments of the embeddings, whitening
///     |- squared error                                      SolveSquaredError    closed form, no steps
///     |- full softmax within bounds, all examples at once   UntilStationary      quasi-Newton steps
///     '- softmax otherwise                                  OnBatches            Adam on whitened factors
///                                                             '- within bounds   UntilStationary, from what the batches came to
/// </code>
/// Factors are the model's (<c>A</c>, <c>B'</c>) wherever they are looked at, scaled or compared; only Adam's steps are taken in whitened
/// coordinates (<see cref="EmbeddingWhitening"/>). What is returned was looked at: its log-loss and accuracy are over all logits.
/// </remarks>
internal sealed class FitRun(FitProblem problem, LowRankFitOptions options, ResolvedOptions resolved, IProgress<FitProgress>? progress)
    : IDisposable
{
    // Steps from one exact look to the next where all logits are computed anyway: a look is one product of the three that a step takes, so
    // looks add some 2 %. Mined softmax is looked at where its own estimate reaches the target.
    private const int LookEvery = 20;

    // Adam's mean of gradients has a memory of 1 / (1 - 0.9) = 10 steps: most of that passes before the first full step.
    private const int WarmUpSteps = 6;

    // From so close to the cap on, growth is taken out of the gradient: one step of Adam may go further, and is scaled back.
    private const double CapTolerance = 1e-3;

    // Of the sum of squared correlations, which a closed-form solution leaves out: about what single precision holds.
    private const double SolutionTolerance = 1e-7;

    // Of two objectives as near as this, which is the smaller may depend on the order of sums, which depends on the processor's
    // instructions: single-precision sums are off by less.
    private const double TieTolerance = 1e-5;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Random _random = new(options.Seed ?? 1);
    private readonly ExampleScorer _scorer = new(problem, options.Rank, options.Engine);
    private readonly ExampleScorer _equalBits = new ExampleScorer(problem, options.Rank, options.Engine).WithEqualBits();
    private readonly ISoftmaxLoss _loss = options.Engine is IFittingEngine engine ? engine.CreateLoss() : new SoftmaxLoss();
    private readonly PlateauDetector _plateau = new(options.PlateauTolerance);
    private LowRankFit? _best;
    private FitStarts? _startsOrNull;
    private double _bestObjective = double.PositiveInfinity, _bestPenalty;
    private double? _bestEqualLoss; // the best pair's log-loss by _equalBits; null until it is asked for
    private double _accuracy = double.NaN; // the last that is known, for progress
    private TimeSpan _began; // when the first step did

    private FitStarts Starts => _startsOrNull ??= new(problem, options, _equalBits, _random);

    private BoundedObjective Objective => new(problem, _loss, options.WeightDecay, options.MaxNorm);

    /// <summary>Fits.</summary>
    public LowRankFit Run(CancellationToken cancellationToken)
    {
        bool isClosedForm = resolved.Objective == FitObjective.SquaredError;
        var moments = GramMatrices.Of(problem, centred: !isClosedForm, cancellationToken);
        var whitening = new EmbeddingWhitening(moments, problem.Width, cancellationToken);
        if (isClosedForm)
            return SolveSquaredError(whitening, cancellationToken);
        if (!resolved.UntilStationary)
            return OnBatches(whitening, moments, cancellationToken);
        var starts = Starts.Bounded(whitening, moments, cancellationToken);
        _began = _clock.Elapsed;
        return UntilStationary(new(Objective, moments, problem, options, resolved.Steps), starts, Starts.Known, 0, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _loss.Dispose();

    // With M the best map of the rank and c the canonical correlations in it, the mean squared error of q M is 1 - q (2 - q) sum(c^2) / V:
    // least at q = 1.
    private LowRankFit SolveSquaredError(EmbeddingWhitening whitening, CancellationToken cancellationToken)
    {
        var (whitened, correlations) = CanonicalStart.Of(whitening, options.Rank, SolutionTolerance, _random, cancellationToken);
        double scale = 1.0 / problem.OutputVocabulary;
        var model = whitening.ToModel(whitened.ScaleProduct(scale));
        double held = options.MaxNorm is { } cap ? Math.Min(1, cap / model.ProductNorm()) : 1; // q: what a norm leaves of the solution
        var residual = model.Capped(options.MaxNorm).ToResidual();
        var look = FullLook.Of(problem, residual, _scorer, cancellationToken);
        return new(residual, look.LogLoss, look.Accuracy, 0, FitStop.ClosedForm)
        {
            SquaredError = 1 - held * (2 - held) * scale * correlations.Sum(c => c * c),
        };
    }

    // Descends on all examples at once until the bounded problem is stationary.
    private LowRankFit UntilStationary(BoundedFit fit, IReadOnlyList<FactorPair> starts, IReadOnlyList<FactorPair> known, int stepsBefore,
        CancellationToken cancellationToken)
    {
        BoundedPoint? reached = null;
        FitStop stop;
        try
        {
            stop = fit.Run(starts, known, HasReachedTarget, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && (fit.Best is not null || _best is not null))
        {
            stop = FitStop.Cancelled;
        }
        int steps = stepsBefore + fit.Steps;
        if (reached is not null)
            return Result(steps, stop, reached.Stationarity);
        if (fit.Best is not { } best) // cancelled in its first pass: what the batches came to stays
            return Result(steps, stop, Stationarity(_best!.Residual));
        _bestObjective = double.PositiveInfinity; // the descent knows better than looks on its way, and what it started from is no better
        Look(best.Factors, CancellationToken.None);
        return Result(steps, stop, best.Stationarity);

        bool HasReachedTarget(BoundedPoint point)
        {
            bool isLookDue = options.TargetAccuracy is not null && fit.Steps % LookEvery == 0;
            if (isLookDue && Look(point.Factors, cancellationToken).Accuracy >= options.TargetAccuracy)
                reached = point;
            Report(stepsBefore + fit.Steps, stepsBefore + fit.MostSteps, point.Objective);
            return reached is not null;
        }
    }

    private LowRankFit OnBatches(EmbeddingWhitening whitening, GramMatrices moments, CancellationToken cancellationToken)
    {
        var start = Start(whitening, moments, cancellationToken);
        var factors = whitening.FromModel(start);
        int step = 0, looked = -1;
        FitStop stop;
        LargeArrays.GiveBack(sizeof(float) * (long)problem.OutputVocabulary * problem.Width); // what the start took is about as much
        try
        {
            stop = StepOnBatches(whitening, ref factors, ref step, ref looked, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            stop = FitStop.Cancelled;
        }
        if (looked < step)
            Look(whitening.ToModel(factors), CancellationToken.None);
        if (stop != FitStop.TargetAccuracy)
            LookBack(start, whitening.ToModel(factors), step);
        if (resolved.GoesOn && stop is (FitStop.Steps or FitStop.Plateau))
        {
            // Batches come near the bounded minimum; all examples at once come to it.
            var fit = new BoundedFit(Objective, moments, problem, options, ResolvedOptions.UntilStationarySteps);
            return UntilStationary(fit, [FactorPair.Balanced(_best!.Residual, options.Rank)], [], step, cancellationToken);
        }
        return Result(step, stop, ResolvedOptions.IsBounded(options) ? Stationarity(_best!.Residual) : null);
    }

    // What is known to be possible is looked at exactly, and the start where a sample says that no step was to the good. Full softmax
    // looked at its start before the first step.
    private void LookBack(FactorPair start, FactorPair end, int steps)
    {
        foreach (var known in Starts.Known)
            Look(known, CancellationToken.None);
        bool isStartLookedAt = resolved.Objective == FitObjective.FullSoftmax && steps > 0;
        if (!isStartLookedAt && SampleObjective(start, CancellationToken.None) < SampleObjective(end, CancellationToken.None))
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

    // One more pass over all logits.
    private double Stationarity(FactoredMatrix pair) =>
        Objective.At(FactorPair.Balanced(pair, options.Rank), held: false, CancellationToken.None).Stationarity;

    private LowRankFit Result(int steps, FitStop stop, double? stationarity) =>
        _best! with { Steps = steps, StopReason = stop, Stationarity = stationarity };

    private FitStop StepOnBatches(EmbeddingWhitening whitening, ref FactorPair factors, ref int step, ref int looked,
        CancellationToken cancellationToken)
    {
        bool isFull = resolved.Objective == FitObjective.FullSoftmax;
        IBatchSource batches = isFull
            ? new FullBatches(problem, resolved.BatchSize, _random)
            : new MinedBatches(problem, _scorer, resolved.BatchSize, _random, new());
        _began = _clock.Elapsed;
        var adam = new Adam(problem.Width, options.Rank);
        while (step < resolved.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var model = whitening.ToModel(factors);
            var batch = batches.Next(model.ToResidual(), (double)step / resolved.Steps, cancellationToken);
            if (batches.Accuracy is { } estimate)
                _accuracy = estimate;
            bool isLookDue = isFull ? step % LookEvery == 0 : batches.Accuracy >= options.TargetAccuracy;
            if (isLookDue)
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
    private double Rate(int step)
    {
        double warmUp = Math.Min(1, (step + 1.0) / WarmUpSteps), left = 1 - (double)step / resolved.Steps;
        return resolved.LearningRate * warmUp * left;
    }

    // Keeps the pair where it is the best so far, or reaches the target.
    private FullLook Look(FactorPair model, CancellationToken cancellationToken)
    {
        var residual = model.ToResidual();
        var look = FullLook.Of(problem, residual, _scorer, cancellationToken);
        double penalty = options.WeightDecay / 2 * model.SquaredNorm(), objective = look.LogLoss + penalty;
        bool hasReached = look.Accuracy >= options.TargetAccuracy;
        double? equalLoss = null;
        if (hasReached || IsBetter(residual, objective, penalty, ref equalLoss, cancellationToken))
        {
            _best = new(residual, look.LogLoss, look.Accuracy, 0, FitStop.Steps);
            _bestObjective = objective;
            _bestPenalty = penalty;
            _bestEqualLoss = equalLoss;
        }
        _accuracy = look.Accuracy;
        return look;
    }

    // Where it is close, both are looked at again with losses that are the same on every processor: so is then the choice.
    private bool IsBetter(
        FactoredMatrix residual, double objective, double penalty, ref double? equalLoss, CancellationToken cancellationToken)
    {
        bool isClose = Math.Abs(objective - _bestObjective) <= TieTolerance * Math.Abs(objective);
        if (!isClose)
            return objective < _bestObjective;
        equalLoss = LogLoss(residual);
        _bestEqualLoss ??= LogLoss(_best!.Residual);
        return equalLoss + penalty < _bestEqualLoss + _bestPenalty;

        double LogLoss(FactoredMatrix pair) => FullLook.Of(problem, pair, _equalBits, cancellationToken).LogLoss;
    }

    private void Report(int step, int steps, double loss)
    {
        var elapsed = _clock.Elapsed;
        var remaining = (elapsed - _began) * ((double)(steps - step) / step);
        progress?.Report(new(step, steps, loss, double.IsNaN(_accuracy) ? null : _accuracy, elapsed, remaining));
    }
}
