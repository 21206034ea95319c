namespace OVPipeline.Core;

/// <summary>
/// A lower bound on the log-loss of every pair of a rank and a norm, from the log-loss and its gradient at any one matrix.
/// </summary>
/// <param name="Bound">The bound, in nats, never below 0: no log-loss is.</param>
/// <param name="Rounding">What was taken off for rounding.</param>
/// <param name="Loss">The log-loss at the matrix.</param>
/// <remarks>
/// f is convex, so for every X of rank at most r and norm at most c, with f, G and their errors as <see cref="CertifiedGradient"/> gives
/// them, <c>f(X) ≥ f - error(f) + ⟨G, X - M⟩ - error(G) (|X| + |M|)</c> and <c>⟨G, X⟩ ≥ -c |G|_r</c>. Weights are shares that were
/// rounded when they were made, each by less than g(rows + 2) of itself; as no row's log-loss is below 0, the mean moves by no more than
/// that share of itself.
/// </remarks>
internal sealed record LowRankCertificate(double Bound, double Rounding, double Loss)
{
    public static LowRankCertificate At(FitProblem problem, Matrix map, int rank, double norm) =>
        Of(CertifiedGradient.At(problem, map, default), problem.Rows, map, rank, norm);

    internal static LowRankCertificate Of(CertifiedGradient at, int rows, Matrix map, int rank, double norm)
    {
        double inner = 0, magnitude = 0;
        for (int i = 0; i < at.Gradient.Length; i++)
        {
            double product = at.Gradient[i] * map.Values[i];
            inner += product;
            magnitude += Math.Abs(product);
        }
        double top = norm * TopNorm.AtMost(at.Gradient, rank), bound = at.Loss - inner - top;
        // d² products and their sum; the product and the three differences of this method.
        double sums = ErrorBound.DoubleInAnyOrder(at.Gradient.Length + 8) * (Math.Abs(at.Loss) + magnitude + top);
        double shares = ErrorBound.DoubleInAnyOrder(rows + 4) * Math.Abs(bound);
        double rounding = at.LossError + (at.GradientError * (CertifiedGradient.Norm(map.Values) + norm)) + sums + shares;
        // Not Math.Max: what is no number is no bound.
        return new(bound > rounding ? bound - rounding : 0, rounding, at.Loss);
    }
}
