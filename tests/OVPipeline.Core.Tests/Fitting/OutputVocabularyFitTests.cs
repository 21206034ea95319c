using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Fits whose labels are outputs that are not the tokens.</summary>
public class OutputVocabularyFitTests
{
    private const int V = 60, Width = 16;
    private static readonly Matrix Embedding = TestMatrices.Random(V, Width, 3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, FitObjective.FullSoftmax), InlineData(2, FitObjective.MinedSoftmax), InlineData(2, FitObjective.SquaredError)]
    [InlineData(200, FitObjective.FullSoftmax), InlineData(200, FitObjective.MinedSoftmax), InlineData(200, FitObjective.SquaredError)]
    [InlineData(1, FitObjective.FullSoftmax), InlineData(1, FitObjective.MinedSoftmax)]
    public void Fit_LabelsOfOtherOutputs_HasTheFiguresOfItsMap(int outputs, FitObjective objective)
    {
        var unembedding = TestMatrices.Random(Width, outputs, 5);
        var examples = Examples(outputs);
        var options = new LowRankFitOptions { Rank = 8, Objective = objective, BatchSize = 25 };
        var fit = LowRankFitter.Fit(Embedding, unembedding, examples, options, null, Token);

        var (loss, accuracy) = FitFixtures.Figures(Embedding, unembedding, examples, fit.Residual);
        Assert.Equal(loss, fit.LogLoss, 1e-4 * Math.Max(1, loss));
        Assert.Equal(accuracy, fit.Accuracy, 1e-6);
        if (objective != FitObjective.SquaredError)
            Assert.InRange(fit.LogLoss, 0, Math.Log(outputs) * 0.7); // far better than chance, which knows nothing
        else
            Assert.Equal(SquaredError(unembedding, examples, fit.Residual), fit.SquaredError!.Value, 1e-4);
    }

    [Fact]
    public void Fit_WithinANormOnFewOutputs_IsStationary()
    {
        var unembedding = TestMatrices.Random(Width, 2, 5);
        var fit = LowRankFitter.Fit(Embedding, unembedding, Examples(2), new() { Rank = 1, MaxNorm = 0.5 }, null, Token);
        Assert.Equal(FitStop.Stationary, fit.StopReason);
        Assert.Equal(0.5, fit.Residual.FrobeniusNorm(), 1e-4);
    }

    [Fact]
    public void Fit_LabelBeyondTheOutputs_SaysWhich()
    {
        var error = Assert.ThrowsAny<ArgumentException>(
            () => LowRankFitter.Fit(Embedding, TestMatrices.Random(Width, 2, 5), FitExamples.Copying(V), new() { Rank = 2 }, null, Token));
        Assert.Contains("Example 2: label must be in [0, 2), was 2", error.Message, StringComparison.Ordinal);
    }

    // Labels that a linear map can tell: the output that a random direction points to.
    private static FitExamples Examples(int outputs)
    {
        var hidden = TestMatrices.Random(Width, outputs, 9);
        int[] labels = [.. Enumerable.Range(0, V).Select(token => Enumerable.Range(0, outputs)
            .MaxBy(output => Enumerable.Range(0, Width).Sum(k => Embedding[token, k] * hidden[k, output])))];
        return new([.. Enumerable.Range(0, V)], labels, [.. Enumerable.Range(0, V).Select(i => 1 + i % 3)]);
    }

    private static double SquaredError(Matrix unembedding, FitExamples examples, FactoredMatrix residual)
    {
        double sum = 0;
        for (int i = 0; i < V; i++)
        {
            double[] logits = FitFixtures.Logits(Embedding.Row(i), residual.A, residual.B, unembedding);
            sum += examples.Weights![i] * logits.Select((logit, j) => Math.Pow(logit - (j == examples.Labels[i] ? 1 : 0), 2)).Sum();
        }
        return sum / examples.Weights!.Sum();
    }
}
