using Xunit;

namespace OVPipeline.Core.Tests;

public class MinedBatchesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Next_ManyDraws_EstimatePartitionFunctionsWithoutBias()
    {
        const int Vocabulary = 60, Width = 6;
        var (problem, residual, embedding, unembedding) = Problem(Vocabulary, Width);
        var batches = new MinedBatches(problem, new(problem, residual.Rank, CpuEngine.Shared), 6, new Random(3), new());
        double ratios = 0;
        int count = 0;
        for (int draw = 0; draw < 400; draw++)
        {
            var batch = batches.Next(residual, progress: 1, Token);
            for (int i = 0; i < batch.Sources.Rows; i++)
            {
                double exact = FitFixtures.Logits(batch.Sources.Row(i), residual.A, residual.B, unembedding).Sum(Math.Exp);
                double estimate = FitFixtures.Logits(batch.Sources.Row(i), residual.A, residual.B, batch.Outputs.Transpose())
                    .Select((l, j) => Math.Exp(l + batch.ColumnLogWeights![j])).Sum();
                ratios += estimate / exact;
                count++;
            }
        }
        Assert.InRange(ratios / count, 0.97, 1.03);
    }

    [Fact]
    public void Next_ManyDraws_RowWeightsEstimateTheMean()
    {
        var (problem, residual, _, _) = Problem(60, 6);
        var batches = new MinedBatches(problem, new(problem, residual.Rank, CpuEngine.Shared), 6, new Random(3), new());
        for (int draw = 0; draw < 20; draw++)
            Assert.Equal(1, batches.Next(residual, progress: 1, Token).RowWeights.Sum(), 1e-6);
    }

    [Fact]
    public void Next_SharedLabels_ShareAColumn()
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(30, 5);
        int[] labels = [.. Enumerable.Range(0, 30).Select(i => i % 3)];
        var problem = FitProblem.Create(embedding, unembedding, new([.. Enumerable.Range(0, 30)], labels));
        var residual = new FactoredMatrix(TestMatrices.Random(5, 2, seed: 1), TestMatrices.Random(2, 5, seed: 2));
        var batch = new MinedBatches(problem, new(problem, residual.Rank, CpuEngine.Shared), 8, new Random(3), new())
            .Next(residual, progress: 1, Token);
        var columns = Enumerable.Range(0, batch.Outputs.Rows).Select(j => string.Join(' ', batch.Outputs.Row(j).ToArray())).ToArray();
        Assert.Equal(columns.Length, columns.Distinct().Count());
        for (int i = 0; i < batch.Sources.Rows; i++)
        {
            int token = Enumerable.Range(0, 30).Single(t => embedding.Row(t).SequenceEqual(batch.Sources.Row(i)));
            Assert.True(problem.Outputs.Row(labels[token]).SequenceEqual(batch.Outputs.Row(batch.LabelColumns[i])));
        }
    }

    [Fact]
    public void Look_HardExample_KnowsWhatItIsConfusedWith()
    {
        var (problem, residual, embedding, unembedding) = Problem(40, 6);
        var negatives = new HardNegatives(
            problem, new(problem, residual.Rank, CpuEngine.Shared), new Random(1), hardMargin: 0.5, confusers: 3);
        negatives.Look(residual, 40, Token);
        var figures = FitFixtures.Figures(embedding, unembedding, FitExamples.Copying(40), residual);
        Assert.Equal(figures.Accuracy, negatives.Accuracy, 1e-9);
        Assert.Equal(40, negatives.Hard.Length + negatives.Easy.Length);
        foreach (int example in negatives.Hard)
        {
            double[] logits = FitFixtures.Logits(embedding.Row(example), residual.A, residual.B, unembedding);
            int[] best = [.. Enumerable.Range(0, 40).Where(j => j != example).OrderByDescending(j => logits[j]).Take(3)];
            Assert.Equal(best, negatives.Confusers(example).ToArray());
            Assert.True(logits[example] - logits[best[0]] < 0.5 + 1e-4);
        }
    }

    private static (FitProblem, FactoredMatrix, Matrix, Matrix) Problem(int vocabulary, int width)
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(vocabulary, width);
        var identity = Matrix.Create(width, width, (i, j) => i == j ? 0.4f : 0);
        return (FitProblem.Create(embedding, unembedding, FitExamples.Copying(vocabulary)), new(identity, Matrix.Identity(width)),
            embedding, unembedding);
    }
}
