namespace OVPipeline.Core;

/// <summary>
/// Fits a pair <c>A [d_model, r] B [r, d_model]</c> so that <c>softmax(W_E A B W_U)</c> maps each source token to its label, by mean
/// cross-entropy over the whole output vocabulary.
/// </summary>
public static class LowRankFitter
{
    /// <summary>Fits a low-rank pair.</summary>
    /// <param name="embedding">W_E [V, d_model].</param>
    /// <param name="unembedding">W_U [d_model, V_out].</param>
    /// <param name="examples">Source tokens, labels and weights.</param>
    /// <param name="options">How to fit.</param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">
    /// Checked within a step. A fit that is cancelled after its start looks at the whole vocabulary once more and returns the best factors
    /// so far.
    /// </param>
    /// <exception cref="ArgumentException">Shapes, tokens or options do not fit each other, or a weight is not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before there were any factors.</exception>
    public static LowRankFit Fit(Matrix embedding, Matrix unembedding, FitExamples examples, LowRankFitOptions options,
        IProgress<FitProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var problem = FitProblem.Create(embedding, unembedding, examples);
        var losses = new StepLosses(progress);
        using var run = new FitRun(problem, options, ResolvedOptions.Of(options, problem), losses);
        return run.Run(cancellationToken) with
        {
            Options = options with { Seed = options.Seed ?? 1 },
            StepLosses = losses.All,
            InstructionSet = CpuEngine.InstructionSet,
        };
    }

    private sealed class StepLosses(IProgress<FitProgress>? progress) : IProgress<FitProgress>
    {
        public List<double> All { get; } = [];

        public void Report(FitProgress value)
        {
            All.Add(value.Loss);
            progress?.Report(value);
        }
    }
}
