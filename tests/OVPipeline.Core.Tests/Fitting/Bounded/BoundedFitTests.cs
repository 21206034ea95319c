using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>
/// Fits within a norm or with weight decay: they end where no small move improves them, and are no worse than what is known.
/// </summary>
public class BoundedFitTests
{
    // As algorithmic models have it: fewer tokens than dimensions.
    private static readonly (Matrix Embedding, Matrix Unembedding) Narrow = FitFixtures.Embeddings(12, 40);

    private static readonly (Matrix Embedding, Matrix Unembedding) Wide = FitFixtures.Embeddings(90, 12);

    public static TheoryData<int, double> NarrowBounds => new() { { 1, 1 }, { 3, 0.02 }, { 3, 0.1 }, { 3, 1 }, { 8, 0.1 }, { 40, 0.1 } };

    public static TheoryData<int, double> WideBounds => new() { { 1, 0.2 }, { 3, 0.2 }, { 3, 1.5 }, { 6, 0.7 }, { 12, 1.5 } };

    [Theory, MemberData(nameof(NarrowBounds))]
    public void Fit_FewerTokensThanDimensions_IsNoWorseThanProjectedGradient(int rank, double norm) => RequireReference(Narrow, rank, norm);

    [Theory, MemberData(nameof(WideBounds))]
    public void Fit_MoreTokensThanDimensions_IsNoWorseThanProjectedGradient(int rank, double norm) => RequireReference(Wide, rank, norm);

    [Theory]
    [InlineData(FitObjective.FullSoftmax)]
    [InlineData(FitObjective.MinedSoftmax)]
    public void Fit_KnownFactors_IsNeverWorse(FitObjective objective)
    {
        var known = Fit(Wide, new() { Rank = 5, MaxNorm = 0.7 });
        // Too few steps to come near it from anywhere else, or a seed and rate that lead away from it.
        foreach (int steps in (int[])[0, 1, 3])
        {
            var fit = Fit(Wide, new()
            {
                Rank = 8,
                MaxNorm = 0.7,
                Objective = objective,
                MaxSteps = steps,
                BatchSize = objective == FitObjective.MinedSoftmax ? 30 : null,
                KnownFactors = [Fit(Wide, new() { Rank = 2, MaxNorm = 0.1 }).Residual, known.Residual],
                LearningRate = 5,
            });
            Assert.InRange(fit.LogLoss, 0, known.LogLoss + 1e-6);
            Assert.InRange(fit.Residual.FrobeniusNorm(), 0, 0.7 * (1 + 1e-5));
        }
    }

    [Fact]
    public void Fit_KnownFactorsOfLowerRank_LeavesTheirRank()
    {
        var known = Fit(Wide, new() { Rank = 2, MaxNorm = 1.5 }).Residual;
        var fit = Fit(Wide, new() { Rank = 6, MaxNorm = 1.5, InitialFactors = Padded(known, 6), KnownFactors = [known] });
        Assert.Equal(Fit(Wide, new() { Rank = 6, MaxNorm = 1.5 }).LogLoss, fit.LogLoss, 0.02); // another local minimum, but one of its rank
    }

    [Fact]
    public void Fit_KnownFactorsThatFurtherDimensionsOnlyHarm_AreReturnedAsTheyAre()
    {
        // Of dimensions that count less and less, so much weight decay leaves a few: whatever stands in the others is a loss.
        const double Decay = 0.05;
        float Less(int k) => MathF.Pow(0.6f, k);
        var graded = (Embedding: Matrix.Create(90, 12, (i, k) => Less(k) * Wide.Embedding[i, k]),
            Unembedding: Matrix.Create(12, 90, (k, j) => Less(k) * Wide.Unembedding[k, j]));
        var best = Fit(graded, new() { Rank = 12, WeightDecay = Decay }).Residual;
        int rank = best.SingularValues().Count(value => value > 1e-2 * best.SingularValues()[0]);
        Assert.InRange(rank, 1, 11);
        var known = best.Truncate(rank);
        var fit = Fit(graded, new() { Rank = 12, WeightDecay = Decay, MaxSteps = 0, KnownFactors = [known] });
        double Objective(FactoredMatrix pair) =>
            FitFixtures.Figures(graded.Embedding, graded.Unembedding, FitExamples.Copying(90), pair).LogLoss
                + Decay * pair.SingularValues().Sum();
        Assert.InRange(Objective(fit.Residual), 0, Objective(known) + 1e-6);
    }

    [Fact]
    public void Fit_KnownFactorsBeyondTheNorm_CountAsScaledBack()
    {
        var known = new FactoredMatrix(TestMatrices.Random(12, 3, seed: 4), TestMatrices.Random(3, 12, seed: 5));
        var fit = Fit(Wide, new() { Rank = 3, MaxNorm = 0.5, KnownFactors = [known], MaxSteps = 0 });
        Assert.InRange(fit.Residual.FrobeniusNorm(), 0, 0.5 * (1 + 1e-5));
    }

    [Fact]
    public void Fit_GrowingRankAndNorm_NeverLosesByIt()
    {
        foreach (var model in new[] { Narrow, Wide })
            foreach (double norm in (double[])[0.1, 0.5])
            {
                double last = double.PositiveInfinity;
                foreach (int rank in (int[])[1, 2, 4, 8, 12])
                {
                    double loss = Fit(model, new() { Rank = rank, MaxNorm = norm }).LogLoss;
                    Assert.True(loss <= last + 1e-3, $"rank {rank}, norm {norm}: {loss} after {last}");
                    Assert.True(Fit(model, new() { Rank = rank, MaxNorm = 2 * norm }).LogLoss <= loss + 1e-3);
                    last = loss;
                }
            }
    }

    [Fact]
    public void Fit_MoreNormThanIsOfUse_StaysInside()
    {
        // Two sources of one vector with two labels: nothing tells them apart, so that the best pair has a finite size.
        var embedding = Matrix.Create(20, 6, (i, k) => Wide.Embedding[i / 2, k]);
        var unembedding = Matrix.Create(6, 20, (k, j) => Wide.Unembedding[k, j]);
        var examples = FitExamples.Copying(20);
        LowRankFit Of(double norm, FactoredMatrix? start = null) => LowRankFitter.Fit(embedding, unembedding, examples,
            new() { Rank = 1, MaxNorm = norm, InitialFactors = start }, null, TestContext.Current.CancellationToken);
        LowRankFit large = Of(1000), larger = Of(2000);
        Assert.Equal(FitStop.Stationary, large.StopReason);
        Assert.InRange(large.Residual.FrobeniusNorm(), 0, 500);
        Assert.Equal(large.LogLoss, larger.LogLoss, 1e-3);
        // From the norm itself, where shrinking is to the good.
        double cap = 3 * large.Residual.FrobeniusNorm();
        var inward = Of(cap, new(Matrix.Create(6, 1, (i, _) => 100 * large.Residual.A[i, 0]), large.Residual.B));
        Assert.Equal(large.LogLoss, inward.LogLoss, 1e-3);
        Assert.InRange(inward.Residual.FrobeniusNorm(), 0, 0.9 * cap);
    }

    [Theory]
    [InlineData(3, 0.5, 0)]
    [InlineData(3, null, 0.01)]
    [InlineData(5, 2.0, 0.001)]
    public void Stationarity_IsTheSteepestFallThatIsLeft(int rank, double? norm, double decay)
    {
        LowRankFitOptions options = new() { Rank = rank, MaxNorm = norm, WeightDecay = decay };
        var fit = Fit(Wide, options);
        Assert.Equal(FitStop.Stationary, fit.StopReason);
        Assert.InRange(fit.Stationarity!.Value, 0, options.StationarityTolerance);
        // Small random moves of the factors, kept within the norm, lower the objective by no more than it says.
        double at = Objective(fit.Residual);
        for (int seed = 0; seed < 40; seed++)
        {
            const double Move = 1e-3;
            var moved = Moved(fit.Residual, Move, seed, norm);
            Assert.True(at - Objective(moved) <= Move * options.StationarityTolerance + 1e-9, $"seed {seed}: {at} to {Objective(moved)}");
        }
        // A fit cut short says that there is more to be had, and how much at least.
        var cut = Fit(Wide, options with { MaxSteps = 2, KnownFactors = [Moved(fit.Residual, 0.5, 1, norm)] });
        Assert.Equal(FitStop.Steps, cut.StopReason);
        Assert.InRange(cut.Stationarity!.Value, options.StationarityTolerance, double.PositiveInfinity);

        double Objective(FactoredMatrix pair) =>
            FitFixtures.Figures(Wide.Embedding, Wide.Unembedding, FitExamples.Copying(90), pair).LogLoss
                + decay / 2 * (SquaredSum(pair.A) + SquaredSum(pair.B));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stationarity_IsTheGradientOfTheBoundedProblemTimesTheLength(bool held)
    {
        // By differences in double: the slope of the loss with respect to every entry; where the pair would grow if it could, at factors
        // scaled to the norm.
        const double Norm = 0.6;
        var start = held ? Moved(Fit(Wide, new() { Rank = 2, MaxSteps = 0 }).Residual, 0.2, 3, null)
            : new(TestMatrices.Random(12, 2, seed: 14), TestMatrices.Random(2, 12, seed: 15));
        var fit = Fit(Wide, new() { Rank = 2, MaxNorm = Norm, MaxSteps = 0, InitialFactors = start });
        double At(Matrix a, Matrix b)
        {
            double scale = held ? Math.Sqrt(Norm / new FactoredMatrix(a, b).FrobeniusNorm()) : 1;
            Matrix Scaled(Matrix x) => Matrix.Create(x.Rows, x.Columns, (i, j) => (float)(scale * x[i, j]));
            return FitFixtures.Figures(Wide.Embedding, Wide.Unembedding, FitExamples.Copying(90), new(Scaled(a), Scaled(b))).LogLoss;
        }
        double squares = 0;
        foreach (bool left in new[] { true, false })
            for (int i = 0; i < 24; i++)
            {
                const float Step = 2e-3f;
                Matrix Nudged(Matrix x, float by) =>
                    new(x.Rows, x.Columns, [.. x.Values.ToArray().Select((v, at) => at == i ? v + by : v)]);
                double Side(float by) =>
                    left ? At(Nudged(fit.Residual.A, by), fit.Residual.B) : At(fit.Residual.A, Nudged(fit.Residual.B, by));
                squares += Math.Pow((Side(Step) - Side(-Step)) / (2 * Step), 2);
            }
        double expected = Math.Sqrt(squares * (SquaredSum(fit.Residual.A) + SquaredSum(fit.Residual.B)));
        Assert.Equal(expected, fit.Stationarity!.Value, 0.02 * expected);
    }

    [Fact]
    public void RadialCurvature_IsThatOfTheLossAlongThePair()
    {
        var problem = FitProblem.Create(Wide.Embedding, Wide.Unembedding, FitExamples.Copying(90));
        using var loss = new SoftmaxLoss();
        var objective = new BoundedObjective(problem, loss, weightDecay: 0.3, maxNorm: null); // the decay is not the loss's
        var factors = new FactorPair(TestMatrices.Random(12, 3, seed: 21), TestMatrices.Random(12, 3, seed: 22)).ScaleProduct(0.05);
        var point = objective.At(factors, held: false, TestContext.Current.CancellationToken);
        double At(double scale) =>
            FitFixtures.Figures(
                Wide.Embedding, Wide.Unembedding, FitExamples.Copying(90), factors.ScaleProduct(scale).ToResidual()).LogLoss;
        const double Step = 0.05;
        double slope = (At(1 + Step) - At(1 - Step)) / (2 * Step), curvature = (At(1 + Step) - 2 * At(1) + At(1 - Step)) / (Step * Step);
        Assert.Equal(slope, point.RadialSlope, 0.02 * Math.Abs(slope));
        Assert.Equal(curvature, objective.RadialCurvature(point, TestContext.Current.CancellationToken), 0.05 * curvature);
    }

    [Fact]
    public void Fit_MinedWithinANorm_SaysHowFarFromStationaryItIs()
    {
        var fit = Fit(Wide, new() { Rank = 4, MaxNorm = 0.7, Objective = FitObjective.MinedSoftmax, BatchSize = 30, MaxSteps = 40 });
        Assert.NotNull(fit.Stationarity);
        Assert.Null(Fit(Wide, new() { Rank = 4, MaxSteps = 5 }).Stationarity); // without bounds there may be no minimum to reach
    }

    [Theory]
    [InlineData(0.7, 0)]
    [InlineData(null, 0.003)]
    public void Fit_MinedWithinBounds_GoesOnUntilItIsStationary(double? norm, double decay)
    {
        LowRankFitOptions options = new() { Rank = 4, MaxNorm = norm, WeightDecay = decay };
        LowRankFitOptions batches = options with { Objective = FitObjective.MinedSoftmax, BatchSize = 30 };
        LowRankFit full = Fit(Wide, options), mined = Fit(Wide, batches), cut = Fit(Wide, batches with { MaxSteps = 64 });
        Assert.Equal(FitStop.Stationary, mined.StopReason);
        Assert.InRange(mined.Stationarity!.Value, 0, options.StationarityTolerance);
        double Objective(LowRankFit fit) => fit.LogLoss + decay * fit.Residual.SingularValues().Sum();
        Assert.InRange(Objective(mined), Objective(full) - 1e-3, Objective(cut)); // from fewer starts: perhaps another local minimum
        Assert.Equal((64, FitStop.Steps), (cut.Steps, cut.StopReason)); // as many as were asked for
        Assert.True(cut.Stationarity > mined.Stationarity);
    }

    [Fact]
    public void Fit_WeightDecay_IsNoWorseThanOtherDecaysFits()
    {
        double[] decays = [0.0003, 0.003, 0.03];
        var fits = decays.Select(decay => Fit(Wide, new() { Rank = 4, WeightDecay = decay })).ToArray();
        foreach (var (index, decay) in decays.Index())
        {
            double Objective(LowRankFit fit) => fit.LogLoss + decay * fit.Residual.SingularValues().Sum();
            Assert.All(fits, other => Assert.True(Objective(fits[index]) <= Objective(other) + 1e-4));
            Assert.True(Objective(fits[index]) <= Math.Log(90)); // zero is possible, too
        }
    }

    [Theory]
    [InlineData(FitObjective.FullSoftmax)]
    [InlineData(FitObjective.MinedSoftmax)]
    public void Fit_MoreWeightDecayThanAnyDirectionGains_GivesTheZeroPair(FitObjective objective)
    {
        var fit = Fit(Wide,
            new() { Rank = 3, WeightDecay = 10, Objective = objective, BatchSize = objective == FitObjective.MinedSoftmax ? 30 : null });
        Assert.Equal(0, fit.Residual.FrobeniusNorm());
        Assert.Equal(Math.Log(90), fit.LogLoss, 1e-6);
        Assert.Equal(0, fit.Stationarity);
    }

    [Fact]
    public void Fit_NoExampleRankedFirst_HasAnAccuracyOfZero()
    {
        // Every token but the first is to be mapped to the one before it, by a pair that maps all to the last. Ninety weights of 1 / 90 sum
        // to more than 1.
        var embedding = Matrix.Create(90, 2, (_, _) => 1);
        var unembedding = Matrix.Create(2, 90, (_, j) => j == 89 ? 1 : 0);
        FitExamples examples = new([.. Enumerable.Range(0, 90)], [.. Enumerable.Range(0, 90).Select(i => Math.Max(0, i - 1))]);
        FactoredMatrix all = new(Matrix.Create(2, 1, (_, _) => 1), Matrix.Create(1, 2, (_, _) => 1));
        var fit = LowRankFitter.Fit(embedding, unembedding, examples, new() { Rank = 1, InitialFactors = all, MaxSteps = 0 }, null,
            TestContext.Current.CancellationToken);
        Assert.Equal(0, fit.Accuracy);
    }

    [Fact]
    public void Fit_FewerTokensThanDimensions_PutsNothingWhereNoTokenLies()
    {
        var fit = Fit(Narrow, new() { Rank = 6 });
        var (e, u) = (TestMatrices.Dense(Narrow.Embedding), TestMatrices.Dense(Narrow.Unembedding).Transpose());
        var map = TestMatrices.Dense(fit.Residual);
        var read = e.PseudoInverse() * e * map;
        var written = map * u.PseudoInverse() * u;
        Assert.Equal(map.FrobeniusNorm(), read.FrobeniusNorm(), 1e-3 * map.FrobeniusNorm());
        Assert.Equal(map.FrobeniusNorm(), written.FrobeniusNorm(), 1e-3 * map.FrobeniusNorm());
        Assert.InRange(map.FrobeniusNorm(), 0, 1e4);
    }

    [Fact]
    public void Fit_SquaredErrorWithinANorm_SaysTheErrorOfWhatItReturns()
    {
        var free = Fit(Wide, new() { Rank = 3, Objective = FitObjective.SquaredError });
        var fit = Fit(Wide, new() { Rank = 3, Objective = FitObjective.SquaredError, MaxNorm = free.Residual.FrobeniusNorm() / 3 });
        double sum = 0;
        for (int i = 0; i < 90; i++)
            sum += FitFixtures.Logits(Wide.Embedding.Row(i), fit.Residual.A, fit.Residual.B, Wide.Unembedding)
                .Select((l, j) => Math.Pow(l - (i == j ? 1 : 0), 2)).Sum();
        Assert.Equal(sum / 90, fit.SquaredError!.Value, 1e-5);
    }

    [Fact]
    public void Fit_CancelledWithinBounds_ReturnsTheBestSoFar()
    {
        using var source = new CancellationTokenSource();
        var progress = new Watch(p => { if (p.Step == 7) source.Cancel(); });
        var fit = LowRankFitter.Fit(
            Wide.Embedding, Wide.Unembedding, FitExamples.Copying(90), new() { Rank = 4, MaxNorm = 0.5 }, progress, source.Token);
        Assert.Equal((7, FitStop.Cancelled), (fit.Steps, fit.StopReason));
        Assert.Equal(FitFixtures.Figures(Wide.Embedding, Wide.Unembedding, FitExamples.Copying(90), fit.Residual).LogLoss,
            fit.LogLoss, 1e-4);
        Assert.NotNull(fit.Stationarity);
    }

    [Fact]
    public void Fit_WithinBounds_ProgressCountsUpWithinWhatItSays()
    {
        List<FitProgress> reports = [];
        var fit = LowRankFitter.Fit(Wide.Embedding, Wide.Unembedding, FitExamples.Copying(90), new() { Rank = 4, MaxNorm = 0.5 },
            new Watch(reports.Add), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, fit.Steps), reports.Select(r => r.Step));
        Assert.All(reports, r => Assert.True(r.Step <= r.Steps && r.Remaining >= TimeSpan.Zero));
    }

    private static void RequireReference((Matrix Embedding, Matrix Unembedding) model, int rank, double norm)
    {
        var fit = Fit(model, new() { Rank = rank, MaxNorm = norm });
        double reference = new ProjectedGradient(model.Embedding, model.Unembedding).Descend(rank, norm, steps: 400);
        Assert.True(fit.LogLoss <= reference + 1e-3, $"rank {rank}, norm {norm}: {fit.LogLoss}, projected gradient {reference}");
        Assert.InRange(fit.Residual.FrobeniusNorm(), 0, norm * (1 + 1e-5));
        Assert.Equal(FitStop.Stationary, fit.StopReason);
    }

    private static FactoredMatrix Moved(FactoredMatrix pair, double share, int seed, double? norm)
    {
        double length = Math.Sqrt(SquaredSum(pair.A) + SquaredSum(pair.B));
        Matrix a = TestMatrices.Random(pair.Rows, pair.Rank, seed + 100), b = TestMatrices.Random(pair.Rank, pair.Columns, seed + 200);
        double scale = share * length / Math.Sqrt(SquaredSum(a) + SquaredSum(b));
        FactoredMatrix moved = new(Matrix.Create(a.Rows, a.Columns, (i, j) => (float)(pair.A[i, j] + scale * a[i, j])),
            Matrix.Create(b.Rows, b.Columns, (i, j) => (float)(pair.B[i, j] + scale * b[i, j])));
        double back = norm is { } cap ? Math.Min(1, Math.Sqrt(cap / moved.FrobeniusNorm())) : 1;
        Matrix Scaled(Matrix x) => Matrix.Create(x.Rows, x.Columns, (i, j) => (float)(back * x[i, j]));
        return new(Scaled(moved.A), Scaled(moved.B));
    }

    private static FactoredMatrix Padded(FactoredMatrix pair, int rank) => new(
        Matrix.ConcatenateColumns(pair.A, new Matrix(pair.Rows, rank - pair.Rank)),
        Matrix.ConcatenateRows(pair.B, new Matrix(rank - pair.Rank, pair.Columns)));

    private static double SquaredSum(Matrix matrix) => matrix.Values.ToArray().Sum(v => (double)v * v);

    private static LowRankFit Fit((Matrix Embedding, Matrix Unembedding) model, LowRankFitOptions options) =>
        LowRankFitter.Fit(model.Embedding, model.Unembedding, FitExamples.Copying(model.Embedding.Rows), options, null,
            TestContext.Current.CancellationToken);

    private sealed class Watch(Action<FitProgress> report) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => report(value);
    }
}
