using Xunit;

namespace OVPipeline.Core.Tests;

public class LowRankFitterTests
{
    private const int Vocabulary = 90, Width = 12;

    private static readonly (Matrix Embedding, Matrix Unembedding) Model = FitFixtures.Embeddings(Vocabulary, Width);
    private static readonly FitExamples Copying = FitExamples.Copying(Vocabulary);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<FitObjective> Softmaxes => [FitObjective.FullSoftmax, FitObjective.MinedSoftmax];

    [Theory, MemberData(nameof(Softmaxes))]
    public void Fit_Copying_ImprovesOnTheStartAndReportsExactFigures(FitObjective objective)
    {
        LowRankFitOptions options = new() { Rank = 4, Objective = objective, BatchSize = 30, MaxSteps = 120, PlateauTolerance = 0 };
        var start = Fit(options with { MaxSteps = 0 });
        var fit = Fit(options);
        Assert.True(fit.LogLoss < 0.9 * start.LogLoss, $"{start.LogLoss} to {fit.LogLoss}");
        Assert.Equal((120, FitStop.Steps), (fit.Steps, fit.StopReason));
        var (loss, accuracy) = FitFixtures.Figures(Model.Embedding, Model.Unembedding, Copying, fit.Residual);
        Assert.Equal(loss, fit.LogLoss, 1e-4);
        Assert.Equal(accuracy, fit.Accuracy, 1e-9);
    }

    [Fact]
    public void Fit_MinedSoftmax_ReachesTheLossOfFullSoftmax()
    {
        var full = Fit(new() { Rank = 4 });
        var mined = Fit(new()
        {
            Rank = 4,
            Objective = FitObjective.MinedSoftmax,
            BatchSize = 30,
            MaxSteps = 400,
            LearningRate = 0.02,
            PlateauTolerance = 0,
        });
        Assert.InRange(mined.LogLoss, 0, 1.1 * full.LogLoss);
    }

    [Fact]
    public void Fit_PermutedLabels_LearnsThePermutation()
    {
        int[] labels = [.. Enumerable.Range(0, Vocabulary).Select(i => (i * 7 + 3) % Vocabulary)];
        var permuted = Matrix.Create(Width, Vocabulary, (k, j) => Model.Unembedding[k, Array.IndexOf(labels, j)]);
        var copying = Fit(new() { Rank = 6 });
        var permutation = LowRankFitter.Fit(
            Model.Embedding, permuted, new([.. Enumerable.Range(0, Vocabulary)], labels), new() { Rank = 6 }, null, Token);
        Assert.Equal(copying.LogLoss, permutation.LogLoss, 0.02);
    }

    [Fact]
    public void Fit_Subset_IsJudgedAgainstTheWholeVocabulary()
    {
        int[] tokens = [.. Enumerable.Range(0, 50)];
        FitExamples subset = new(tokens, tokens);
        foreach (var objective in Softmaxes.Select(row => row.Data))
        {
            var fit = LowRankFitter.Fit(Model.Embedding, Model.Unembedding, subset, new() { Rank = 4, Objective = objective }, null, Token);
            Assert.Equal(FitFixtures.Figures(Model.Embedding, Model.Unembedding, subset, fit.Residual).LogLoss, fit.LogLoss, 1e-4);
        }
    }

    [Fact]
    public void Fit_ManyExamplesOfOneLabel_Learns()
    {
        FitExamples examples = new(
            [.. Enumerable.Range(0, Vocabulary)], [.. Enumerable.Range(0, Vocabulary).Select(i => Model.Embedding[i, 0] > 0 ? 1 : 0)]);
        foreach (var objective in Softmaxes.Select(row => row.Data))
        {
            var fit = LowRankFitter.Fit(
                Model.Embedding, Model.Unembedding, examples, new() { Rank = 3, Objective = objective, BatchSize = 40 }, null, Token);
            Assert.InRange(fit.LogLoss, 0, 1.5);
        }
    }

    [Fact]
    public void Fit_ZeroWeights_AreIgnored()
    {
        FitExamples kept = new([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]);
        FitExamples weighted = new([1, 9, 2, 3, 4, 11, 5], [5, 0, 4, 3, 2, 8, 1], [2, 0, 2, 2, 2, 0, 2]);
        LowRankFitOptions options = new() { Rank = 2, MaxSteps = 20 };
        var expected = LowRankFitter.Fit(Model.Embedding, Model.Unembedding, kept, options, null, Token);
        var actual = LowRankFitter.Fit(Model.Embedding, Model.Unembedding, weighted, options, null, Token);
        Assert.Equal(expected.Residual.A.Values, actual.Residual.A.Values);
    }

    [Fact]
    public void Fit_HeavyRows_AreFittedBetter()
    {
        float[] weights = [.. Enumerable.Range(0, Vocabulary).Select(i => i < 20 ? 50f : 1f)];
        FitExamples heavy = new([.. Enumerable.Range(0, 20)], [.. Enumerable.Range(0, 20)]);
        double LossOfHeavy(FitExamples examples) => FitFixtures.Figures(Model.Embedding, Model.Unembedding, heavy,
            LowRankFitter.Fit(Model.Embedding, Model.Unembedding, examples, new() { Rank = 3 }, null, Token).Residual).LogLoss;
        Assert.True(LossOfHeavy(new(Copying.Tokens, Copying.Labels, weights)) < 0.5 * LossOfHeavy(Copying));
    }

    [Theory, MemberData(nameof(Softmaxes))]
    public void Fit_SameSeed_GivesTheSameBits(FitObjective objective)
    {
        LowRankFitOptions options = new() { Rank = 4, Objective = objective, BatchSize = 30, MaxSteps = 20, Seed = 5 };
        LowRankFit first = Fit(options), second = Fit(options), other = Fit(options with { Seed = 6 });
        Assert.Equal(first.Residual.A.Values, second.Residual.A.Values);
        Assert.Equal(first.LogLoss, second.LogLoss);
        Assert.False(first.Residual.A.Values.SequenceEqual(other.Residual.A.Values));
    }

    [Fact]
    public void Fit_WeightDecay_ShrinksThePairAndItsNuclearNorm()
    {
        double last = double.PositiveInfinity;
        // without any the loss has no minimum, and a fit of it an arbitrary size
        foreach (double decay in (double[])[0.0001, 0.001, 0.01, 0.1])
        {
            double nuclear = Fit(new() { Rank = 4, WeightDecay = decay }).Residual.SingularValues().Sum();
            Assert.True(nuclear < last, $"{decay}: {nuclear} after {last}");
            last = nuclear;
        }
    }

    [Theory, MemberData(nameof(Softmaxes))]
    public void Fit_MaxNorm_IsHonouredAndUsed(FitObjective objective)
    {
        var fit = Fit(new() { Rank = 4, Objective = objective, MaxNorm = 0.7, BatchSize = 30, MaxSteps = 50 });
        Assert.Equal(0.7, fit.Residual.FrobeniusNorm(), 1e-3);
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(0.05)]
    public void Fit_SmallMaxNorm_LowersTheLossOfItsStart(double cap)
    {
        var closed = Fit(new() { Rank = 4, MaxSteps = 0 }).Residual;
        LowRankFitOptions options = new() { Rank = 4, Objective = FitObjective.FullSoftmax, MaxNorm = cap, InitialFactors = closed };
        LowRankFit start = Fit(options with { MaxSteps = 0 }), fit = Fit(options);
        Assert.Equal(cap, start.Residual.FrobeniusNorm(), 1e-3 * cap);
        // Against what the norm allows at all: a uniform prediction has log V, and the start is some way below it.
        double uniform = Math.Log(Vocabulary);
        Assert.True(uniform - fit.LogLoss > 1.02 * (uniform - start.LogLoss),
            $"start {start.LogLoss}, fit {fit.LogLoss}, uniform {uniform}");
    }

    [Fact]
    public void Fit_InitialFactors_AreWhereItStarts()
    {
        FactoredMatrix initial = new(TestMatrices.Random(Width, 3, seed: 8), TestMatrices.Random(3, Width, seed: 9));
        var fit = Fit(new() { Rank = 3, InitialFactors = initial, MaxSteps = 0 });
        for (int i = 0; i < initial.A.Values.Length; i++)
            Assert.Equal(initial.A.Values[i], fit.Residual.A.Values[i], 1e-3);
        Assert.Equal(initial.FrobeniusNorm(), fit.Residual.FrobeniusNorm(), 1e-3);
    }

    [Theory, MemberData(nameof(Softmaxes))]
    public void Fit_TargetAccuracy_StopsOnceReached(FitObjective objective)
    {
        var fit = Fit(
            new() { Rank = 8, Objective = objective, BatchSize = 60, TargetAccuracy = 0.9, MaxSteps = 500, PlateauTolerance = 0 });
        Assert.Equal(FitStop.TargetAccuracy, fit.StopReason);
        Assert.InRange(fit.Accuracy, 0.9, 1);
        Assert.InRange(fit.Steps, 0, 400);
    }

    [Fact]
    public void Fit_Plateau_StopsEarly()
    {
        var fit = Fit(new() { Rank = 4, MaxSteps = 4000, PlateauTolerance = 0.001 });
        Assert.Equal(FitStop.Plateau, fit.StopReason);
        Assert.InRange(fit.Steps, 20, 2000);
    }

    [Fact]
    public void Fit_CancelledDuringSteps_ReturnsFactorsSoFar()
    {
        using var source = new CancellationTokenSource();
        var progress = new Watch(p => { if (p.Step == 5) source.Cancel(); });
        var fit = LowRankFitter.Fit(Model.Embedding, Model.Unembedding, Copying, new() { Rank = 4 }, progress, source.Token);
        Assert.Equal((5, FitStop.Cancelled), (fit.Steps, fit.StopReason));
        Assert.Equal(FitFixtures.Figures(Model.Embedding, Model.Unembedding, Copying, fit.Residual).LogLoss, fit.LogLoss, 1e-4);
    }

    [Fact]
    public void Fit_CancelledBeforeTheStart_Throws() => Assert.ThrowsAny<OperationCanceledException>(
        () => LowRankFitter.Fit(
            Model.Embedding, Model.Unembedding, Copying, new() { Rank = 4 }, null, new CancellationToken(canceled: true)));

    [Fact]
    public void Fit_Progress_TellsEveryStep()
    {
        List<FitProgress> reports = [];
        LowRankFitter.Fit(Model.Embedding, Model.Unembedding, Copying, new() { Rank = 4, MaxSteps = 7 }, new Watch(reports.Add), Token);
        Assert.Equal(Enumerable.Range(1, 7), reports.Select(r => r.Step));
        Assert.All(reports, r => Assert.True(r.Loss > 0 && r.Steps == 7 && r.Accuracy is > 0 and <= 1 && r.Remaining >= TimeSpan.Zero));
    }

    [Fact]
    public void Fit_FewerTokensThanDimensions_CopiesThemAll()
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(10, 16);
        var fit = LowRankFitter.Fit(embedding, unembedding, FitExamples.Copying(10), new() { Rank = 5 }, null, Token);
        Assert.Equal(1, fit.Accuracy);
    }

    [Fact]
    public void Fit_RankDeficientEmbedding_StaysFiniteAndLearns()
    {
        var embedding = Matrix.Create(Vocabulary, Width, (i, k) => k < 6 ? Model.Embedding[i, k] : k < 9 ? Model.Embedding[i, k - 6] : 0);
        var fit = LowRankFitter.Fit(embedding, Model.Unembedding, Copying, new() { Rank = 8 }, null, Token);
        Assert.InRange(fit.LogLoss, 0, 0.5 * Math.Log(Vocabulary));
        Assert.Equal(-1, fit.Residual.A.FirstNonFiniteRow());
    }

    [Fact]
    public void Fit_SquaredError_IsTheBestMapOfItsRank()
    {
        var fit = Fit(new() { Rank = 3, Objective = FitObjective.SquaredError });
        Assert.Equal((0, FitStop.ClosedForm), (fit.Steps, fit.StopReason));
        double best = SquaredError(fit.Residual);
        Assert.Equal(best, fit.SquaredError!.Value, 1e-5);
        for (int seed = 0; seed < 8; seed++)
        {
            Matrix left = TestMatrices.Random(Width, 3, seed), right = TestMatrices.Random(3, Width, seed + 50);
            Matrix Nudged(Matrix x, Matrix by) => Matrix.Create(x.Rows, x.Columns, (i, j) => x[i, j] * (1 + 0.03f * by[i, j]));
            Assert.True(SquaredError(new(Nudged(fit.Residual.A, left), Nudged(fit.Residual.B, right))) > best);
        }
    }

    private static double SquaredError(FactoredMatrix residual)
    {
        double sum = 0;
        for (int i = 0; i < Vocabulary; i++)
            sum += FitFixtures.Logits(Model.Embedding.Row(i), residual.A, residual.B, Model.Unembedding)
                .Select((l, j) => Math.Pow(l - (i == j ? 1 : 0), 2)).Sum();
        return sum / Vocabulary;
    }

    private static LowRankFit Fit(LowRankFitOptions options) =>
        LowRankFitter.Fit(Model.Embedding, Model.Unembedding, Copying, options, null, Token);

    private sealed class Watch(Action<FitProgress> report) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => report(value);
    }
}
