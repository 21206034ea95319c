namespace OVPipeline.Core;

/// <summary>
/// Certified lower bounds on the log-loss of every pair of a rank and a Frobenius norm.
/// </summary>
/// <remarks>
/// The mean log-loss f of logits <c>W_E M W_U</c> is convex in M, and all pairs <c>M = A B</c> of rank at most r and norm at most c lie in
/// one convex hull (<see cref="SupportBall"/>). So at any M whatever, with <c>G = grad f(M)</c>,
/// <c>f(A B) ≥ f(M) + ⟨G, A B - M⟩ ≥ f(M) - ⟨G, M⟩ - c |G|_r</c>, where <c>|G|_r</c> is the root of the sum of the r largest squared
/// singular values. The best M is where f is smallest in the hull; it is looked for in single precision by accelerated projected gradient
/// steps with restarts (Beck and Teboulle 2009; O'Donoghue and Candès 2015), and the bound is then computed at what was found in double,
/// with what rounding may have done taken off: how well one searched decides how good the bound is, never whether it holds.
/// </remarks>
public static class LowRankBounder
{
    /// <summary>Finds a bound.</summary>
    /// <param name="embedding">W_E [V, d_model].</param>
    /// <param name="unembedding">W_U [d_model, V_out].</param>
    /// <param name="examples">Source tokens, labels and weights.</param>
    /// <param name="options">Of which circuits, and how long to work.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">
    /// Checked between passes. A search that is cancelled certifies the best it has by one more pass, and returns it.
    /// </param>
    /// <exception cref="ArgumentException">Shapes, tokens or options do not fit each other, or a weight is not finite.</exception>
    public static LowRankBound Find(Matrix embedding, Matrix unembedding, FitExamples examples, LowRankBoundOptions options,
        IProgress<LowRankBoundProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var problem = FitProblem.Create(embedding, unembedding, examples);
        Validate(options, problem);
        var search = new RelaxedSearch(problem, options, progress);
        var stop = search.Run(cancellationToken);
        var certificate = LowRankCertificate.At(problem, search.BoundAt, options.Rank, options.Norm);
        double loss = ReferenceEquals(search.Point, search.BoundAt) ? certificate.Loss : search.Loss;
        return new(options.Rank, options.Norm, certificate.Bound, loss, certificate.Rounding, search.Point, search.Steps, stop);
    }

    private static void Validate(LowRankBoundOptions options, FitProblem problem)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(options.Rank >= 1 && options.Rank <= problem.Width, $"Rank must be from 1 to {problem.Width}, was {options.Rank}.");
        Require(double.IsFinite(options.Norm) && options.Norm > 0, $"Norm must be a finite number above 0, was {options.Norm}.");
        Require(options.MaxSteps >= 0, $"MaxSteps must not be negative, was {options.MaxSteps}.");
        Require(double.IsFinite(options.Tolerance) && options.Tolerance >= 0,
            $"Tolerance must be finite and not negative, was {options.Tolerance}.");
        if (options.Start is { } start)
        {
            Require(start.Rows == problem.Width && start.Columns == problem.Width,
                $"Start must be [{problem.Width}, {problem.Width}], was {start}.");
            Require(start.FirstNonFiniteRow() < 0, "Start must be finite.");
        }

        static void Require(bool condition, string message)
        {
            if (!condition)
                throw new ArgumentException(message, nameof(options));
        }
    }
}
