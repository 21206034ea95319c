namespace OVPipeline.Core;

/// <summary>Validated options with every default filled in for a problem.</summary>
/// <param name="Objective">What is minimised.</param>
/// <param name="Steps">Most steps of a descent.</param>
/// <param name="LearningRate">Largest step size of stochastic steps.</param>
/// <param name="BatchSize">Examples per step.</param>
/// <param name="GoesOn">Whether steps on batches are followed by steps on all examples until the bounded problem is stationary.</param>
/// <param name="UntilStationary">Whether all examples are descended on at once, within bounds, until that is stationary.</param>
internal sealed record ResolvedOptions(
    FitObjective Objective, int Steps, double LearningRate, int BatchSize, bool UntilStationary, bool GoesOn)
{
    /// <summary>Most steps of a descent that goes on until it is stationary, where nothing else is asked for.</summary>
    public const int UntilStationarySteps = 1000;

    // Multiply-adds of a pass over all logits: some seconds on two cores, so that a few dozen can be waited for.
    private const long LargestPass = 1L << 35;

    // Below this many logits a pass over all of them costs no more than a mined batch.
    private const long SmallProblem = 1L << 25;
    private const int DefaultBatch = 2048;

    // Found by trial, as the defaults of the mining were (MiningOptions). The rates are in whitened coordinates, in which one suits all
    // sizes.
    private const int MinedSteps = 64, FullSteps = 200;
    private const double MinedRate = 0.005, FullRate = 0.03;

    /// <exception cref="ArgumentException">An option is out of range, or does not fit the problem or another option.</exception>
    public static ResolvedOptions Of(LowRankFitOptions options, FitProblem problem)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.Engine);
        Require(options.Rank >= 1 && options.Rank <= problem.Width, $"rank must be in [1, {problem.Width}], was {options.Rank}.");
        Require(options.MaxSteps is null or >= 0, $"MaxSteps must not be negative, was {options.MaxSteps}.");
        Require(options.TargetAccuracy is null or (> 0 and <= 1), $"TargetAccuracy must be in (0, 1], was {options.TargetAccuracy}.");
        Require(options.PlateauTolerance is >= 0 and < 1, $"PlateauTolerance must be in [0, 1), was {options.PlateauTolerance}.");
        Require(options.WeightDecay is >= 0 and < double.PositiveInfinity,
            $"WeightDecay must be finite and not negative, was {options.WeightDecay}.");
        Require(options.MaxNorm is null or (> 0 and < double.PositiveInfinity),
            $"MaxNorm must be positive and finite, was {options.MaxNorm}.");
        Require(options.LearningRate is null or (> 0 and < double.PositiveInfinity),
            $"LearningRate must be positive and finite, was {options.LearningRate}.");
        Require(options.BatchSize is null or > 0, $"BatchSize must be positive, was {options.BatchSize}.");
        Require(options.StationarityTolerance is >= 0 and < double.PositiveInfinity,
            $"StationarityTolerance must be finite and not negative, was {options.StationarityTolerance}.");
        RequireInitialFactors(options, problem);
        RequireKnownFactors(options, problem);
        bool small = (long)problem.Rows * problem.OutputVocabulary <= SmallProblem;
        var objective = options.Objective ?? (small ? FitObjective.FullSoftmax : FitObjective.MinedSoftmax);
        Require(Enum.IsDefined(objective), $"There is no objective {objective}.");
        bool closed = objective == FitObjective.SquaredError, full = objective == FitObjective.FullSoftmax;
        Require(!closed || (options.WeightDecay == 0 && options.InitialFactors is null),
            "SquaredError is solved in closed form: it takes no WeightDecay and no InitialFactors.");
        Require(!closed || options.KnownFactors.Count == 0, "SquaredError is solved in closed form: it takes no KnownFactors.");
        int batch = Math.Min(problem.Rows, options.BatchSize ?? (full && small ? problem.Rows : DefaultBatch));
        bool untilStationary = full && IsBounded(options) && batch == problem.Rows;
        bool isPassShort = (long)problem.Rows * problem.OutputVocabulary * options.Rank <= LargestPass;
        bool goesOn = !closed && !untilStationary && options.MaxSteps is null && IsBounded(options) && isPassShort;
        double rate = options.LearningRate ?? (full ? FullRate : MinedRate);
        return new(objective, closed ? 0 : options.MaxSteps ?? DefaultSteps(), rate, batch, untilStationary, goesOn);

        int DefaultSteps()
        {
            if (untilStationary)
                return UntilStationarySteps;
            return full ? FullSteps : MinedSteps;
        }
    }

    /// <summary>Whether there are bounds within which the objective has a minimum.</summary>
    public static bool IsBounded(LowRankFitOptions options) => options.MaxNorm is not null || options.WeightDecay > 0;

    private static void RequireKnownFactors(LowRankFitOptions options, FitProblem problem)
    {
        Require(options.KnownFactors is not null, "KnownFactors must not be null.");
        foreach (var known in options.KnownFactors!)
        {
            string wanted = $"[{problem.Width}, r][r, {problem.Width}] with r at most {options.Rank}";
            Require(known is not null && known.Rows == problem.Width && known.Columns == problem.Width && known.Rank <= options.Rank,
                $"KnownFactors must be {wanted}, one was {known?.ToString() ?? "null"}.");
            Require(known!.A.FirstNonFiniteRow() < 0 && known.B.FirstNonFiniteRow() < 0, "KnownFactors must be finite.");
        }
    }

    private static void RequireInitialFactors(LowRankFitOptions options, FitProblem problem)
    {
        if (options.InitialFactors is not { } initial)
            return;
        Require(initial.Rows == problem.Width && initial.Columns == problem.Width && initial.Rank == options.Rank,
            $"InitialFactors must be [{problem.Width}, {options.Rank}][{options.Rank}, {problem.Width}], were {initial}.");
        Require(initial.A.FirstNonFiniteRow() is var a && a < 0, $"Row {a} of InitialFactors' A is not finite.");
        Require(initial.B.FirstNonFiniteRow() is var b && b < 0, $"Row {b} of InitialFactors' B is not finite.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new ArgumentException(message);
    }
}
