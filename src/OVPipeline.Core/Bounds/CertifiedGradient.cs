namespace OVPipeline.Core;

/// <summary>
/// Mean log-loss and gradient of <see cref="LogLossGradient"/> in double precision, with rigorous bounds on what rounding did to them.
/// One pass over all logits; the same bits at any thread count.
/// </summary>
/// <param name="Loss">The loss at M as computed, in nats.</param>
/// <param name="LossError">How far it can be from the true one.</param>
/// <param name="Gradient">The gradient as computed, [d_model, d_model].</param>
/// <param name="GradientError">The largest Frobenius norm of what it can be off by.</param>
/// <remarks>
/// With u = 2^-53 and <c>g(n) = n u / (1 - n u)</c> (Higham 2002, section 3.1), N the number of columns and U the largest norm of a column
/// of W_U: a logit is off by at most <c>e = (2 g(d) + g(d)²) |W_E row| |M| U</c> (a product of two rounded factors, by Cauchy and
/// Schwarz); the log of a sum of exponentials of such logits by e and by <c>g(N + F)</c> more, and its difference to the label's logit by e
/// again. A probability is off by a share of at most <c>exp(2 e) (1 + g(N + 2 F)) - 1 ≤ exp(2 e) (2 e + g(N + 2 F))</c>, the pull
/// <c>sum p_j u_j</c> by that and g(N) times U. Rows are added up with weights and embeddings, which adds a g of their number.
/// <para>
/// F = 40 units are allowed for an exponential, a logarithm or a division. Libraries keep within one or two. An exponential's argument,
/// <c>x_j = max - logit_j</c>, is rounded too, which changes it by a share of u x_j; but that moves the sum of exponentials by a share of
/// at most <c>u sum p_j x_j = u (H(p) - log sum) ≤ u log N</c>, 22 units for the longest array there is. What falls below the
/// smallest double is lost 10^290 times below the rest of these bounds: embeddings are single-precision numbers.
/// </para>
/// </remarks>
internal sealed record CertifiedGradient(double Loss, double LossError, double[] Gradient, double GradientError)
{
    // Covers the roundings of the bounds themselves, which are sums of terms of one sign.
    private const double Slack = 1 + 1e-6;

    // The gradient is added up in so many parts, in their order, whatever the number of threads.
    private const int Parts = 16;

    public static CertifiedGradient At(FitProblem problem, Matrix map, CancellationToken cancellationToken)
    {
        int rows = problem.Rows, width = problem.Width;
        double mapNorm = Norm(map.Values), outputNorm = 0;
        for (int j = 0; j < problem.OutputVocabulary; j++)
            outputNorm = Math.Max(outputNorm, Norm(problem.Outputs.Row(j)));
        var panels = new OutputPanels(problem.Unembedding);
        int blocks = (rows + GradientPart.BlockRows - 1) / GradientPart.BlockRows;
        int height = (blocks + Parts - 1) / Parts * GradientPart.BlockRows;
        var parts = new GradientPart[(rows + height - 1) / height];
        Parallel.For(0, parts.Length, new ParallelOptions { CancellationToken = cancellationToken }, index =>
        {
            var part = new GradientPart(problem, map, panels, mapNorm, outputNorm);
            part.Add(index * height, Math.Min(rows, (index + 1) * height), cancellationToken);
            parts[index] = part;
        });
        var gradient = new double[width * width];
        foreach (var part in parts)
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] += part.Gradient[(i % width * width) + (i / width)];
        double lossError = parts.Sum(part => part.LossError) + (ErrorBound.DoubleInAnyOrder(rows + 4) * parts.Sum(part => part.Magnitude));
        double gradientError = parts.Sum(part => part.GradientError)
            + (ErrorBound.DoubleInAnyOrder(rows + 8) * parts.Sum(part => part.Reach));
        return new(parts.Sum(part => part.Loss), lossError * Slack, gradient, gradientError * Slack);
    }

    /// <summary>The root of the sum of squares, or a number a little above it.</summary>
    internal static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum) * Slack;
    }
}
