using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>
/// How good fits are and how soon, on one fixed problem: bands around what is measured, too tight for a step rule, a schedule or a mining
/// that is not the one meant.
/// </summary>
public class FitQualityTests
{
    private const int Vocabulary = 400, Width = 16;

    private static readonly (Matrix Embedding, Matrix Unembedding) Model = FitFixtures.Embeddings(Vocabulary, Width, noise: 0.5);
    private static readonly FitExamples Copying = FitExamples.Copying(Vocabulary);

    // Far from any good fit, so that every step counts.
    private static readonly FactoredMatrix Far = new(TestMatrices.Random(Width, 12, seed: 5), TestMatrices.Random(12, Width, seed: 6));

    [Theory]
    [InlineData(FitObjective.FullSoftmax, 10, 73.7922, 0.04)]
    [InlineData(FitObjective.FullSoftmax, 80, 3.13897, 0.6525)]
    [InlineData(FitObjective.MinedSoftmax, 10, 81.6735, 0.03)]
    [InlineData(FitObjective.MinedSoftmax, 80, 3.23072, 0.615)]
    public void Fit_FixedProblem_EndsAtItsLossAndAccuracy(FitObjective objective, int steps, double loss, double accuracy)
    {
        var fit = Fit(new()
        {
            Rank = 12,
            Objective = objective,
            BatchSize = 100,
            MaxSteps = steps,
            LearningRate = 0.1,
            PlateauTolerance = 0,
            InitialFactors = Far,
        });
        Assert.Equal(loss, fit.LogLoss, 0.002 * loss);
        Assert.Equal(accuracy, fit.Accuracy, 0.006);
    }

    [Theory]
    [InlineData(FitObjective.FullSoftmax, 60)]
    [InlineData(FitObjective.MinedSoftmax, 72)]
    public void Fit_FixedProblem_ReachesItsTargetAfterItsSteps(FitObjective objective, int steps)
    {
        var fit = Fit(new()
        {
            Rank = 12,
            Objective = objective,
            BatchSize = 100,
            MaxSteps = 400,
            LearningRate = 0.1,
            PlateauTolerance = 0,
            InitialFactors = Far,
            TargetAccuracy = 0.6,
        });
        Assert.Equal((steps, FitStop.TargetAccuracy), (fit.Steps, fit.StopReason));
    }

    [Fact]
    public void Fit_WeightDecay_ChoosesTheBestFactorsByLossAndPenalty()
    {
        const double Decay = 0.5;
        var free = Fit(new() { Rank = 4, Objective = FitObjective.MinedSoftmax, BatchSize = 100, MaxSteps = 30 });
        var fit = Fit(new()
        {
            Rank = 4,
            Objective = FitObjective.MinedSoftmax,
            BatchSize = 100,
            MaxSteps = 60,
            LearningRate = 0.03,
            WeightDecay = Decay,
            KnownFactors = [free.Residual],
        });
        Assert.True(Objective(fit) < Objective(free) - 0.1, $"{Objective(fit)} against {Objective(free)}");
        Assert.True(fit.LogLoss > free.LogLoss, $"{fit.LogLoss} against {free.LogLoss}: the penalty does not matter here");

        static double Objective(LowRankFit fit) => fit.LogLoss + Decay * fit.Residual.SingularValues().Sum();
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(2.0)]
    public void Fit_SquaredErrorUnderANorm_IsScaledOntoItAndSaysSo(double share)
    {
        LowRankFitOptions options = new() { Rank = 3, Objective = FitObjective.SquaredError };
        var free = Fit(options);
        double norm = free.Residual.FrobeniusNorm(), cap = share * norm;
        var fit = Fit(options with { MaxNorm = cap });
        Assert.Equal(Math.Min(cap, norm), fit.Residual.FrobeniusNorm(), 1e-4 * norm);
        Assert.Equal(SquaredError(fit.Residual), fit.SquaredError!.Value, 1e-5);
        Assert.Equal(FitFixtures.Figures(Model.Embedding, Model.Unembedding, Copying, fit.Residual).LogLoss, fit.LogLoss, 1e-4);
    }

    [Fact]
    public void Step_Gradients_MoveAsKingmaAndBaHaveIt()
    {
        Matrix left = new(3, 2), right = new(3, 2);
        var adam = new Adam(width: 3, rank: 2);
        double mean = 0, square = 0, value = 0;
        for (int step = 1; step <= 40; step++)
        {
            double gradient = Math.Sin(step) + 0.2, rate = 0.1 / step;
            Matrix Constant() => Matrix.Create(3, 2, (_, _) => (float)gradient);
            adam.Step(new(left, right), new(Constant(), Constant()), rate);
            (mean, square) = (0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient * gradient);
            value -= rate * mean / (1 - Math.Pow(0.9, step)) / Math.Sqrt(square / (1 - Math.Pow(0.99, step)));
            Assert.All(left.Data.Concat(right.Data), moved => Assert.Equal(value, moved, 1e-5));
        }
    }

    [Fact]
    public void Look_SliceAfterSlice_EstimatesTheRestFromTheLastSlice()
    {
        const int Slice = 60;
        var problem = FitProblem.Create(Model.Embedding, Model.Unembedding, Copying);
        var residual = Fit(new() { Rank = 4, MaxSteps = 3 }).Residual;
        var negatives = new HardNegatives(
            problem, new(problem, residual.Rank, CpuEngine.Shared), new Random(1), hardMargin: 0.5, confusers: 3);
        int[] seen = [], known = [];
        for (int look = 0; look < 4; look++)
        {
            negatives.Look(residual, Slice, TestContext.Current.CancellationToken);
            int[] now = [.. Enumerable.Range(0, Vocabulary).Where(i => negatives.Confusers(i)[0] >= 0)], fresh = [.. now.Except(seen)];
            Assert.Equal(Slice, fresh.Length);
            double rate = Missed(fresh) / (double)Slice, between = seen.Except(known).Count();
            double missed = Missed(known) + Missed(fresh) + rate * (Vocabulary - now.Length + between / 2);
            Assert.Equal(1 - missed / Vocabulary, negatives.Accuracy, 1e-6);
            Assert.Equal(now.Where(i => Lead(i) < 0.5), negatives.Hard.Order());
            (seen, known) = (now, negatives.Hard);
        }

        double Lead(int i)
        {
            double[] logits = FitFixtures.Logits(Model.Embedding.Row(i), residual.A, residual.B, Model.Unembedding);
            return logits[i] - logits.Where((_, j) => j != i).Max();
        }

        int Missed(int[] examples) => examples.Count(i => Lead(i) < 0);
    }

    private static double SquaredError(FactoredMatrix residual)
    {
        double sum = 0;
        for (int i = 0; i < Vocabulary; i++)
        {
            double[] logits = FitFixtures.Logits(Model.Embedding.Row(i), residual.A, residual.B, Model.Unembedding);
            sum += logits.Select((logit, j) => Math.Pow(logit - (i == j ? 1 : 0), 2)).Sum();
        }
        return sum / Vocabulary;
    }

    private static LowRankFit Fit(LowRankFitOptions options) =>
        LowRankFitter.Fit(Model.Embedding, Model.Unembedding, Copying, options, null, TestContext.Current.CancellationToken);
}
