using Xunit;

namespace OVPipeline.Core.Tests;

public class LowRankFitterArgumentTests
{
    private static readonly (Matrix Embedding, Matrix Unembedding) Model = FitFixtures.Embeddings(20, 6);

    public static TheoryData<LowRankFitOptions, string> BadOptions => new()
    {
        { new() { Rank = 0 }, "rank must be in [1, 6], was 0" },
        { new() { Rank = 300 }, "rank must be in [1, 6], was 300" },
        { new() { Rank = 2, MaxSteps = -1 }, "MaxSteps must not be negative, was -1" },
        { new() { Rank = 2, TargetAccuracy = 1.5 }, "TargetAccuracy must be in (0, 1], was 1.5" },
        { new() { Rank = 2, PlateauTolerance = -1 }, "PlateauTolerance must be in [0, 1), was -1" },
        { new() { Rank = 2, WeightDecay = double.NaN }, "WeightDecay must be finite and not negative, was NaN" },
        { new() { Rank = 2, MaxNorm = 0 }, "MaxNorm must be positive and finite, was 0" },
        { new() { Rank = 2, LearningRate = double.PositiveInfinity }, "LearningRate must be positive and finite" },
        { new() { Rank = 2, BatchSize = 0 }, "BatchSize must be positive, was 0" },
        { new() { Rank = 2, Objective = (FitObjective)9 }, "no objective 9" },
        { new() { Rank = 2, InitialFactors = FactoredMatrix.Identity(6) }, "InitialFactors must be [6, 2][2, 6], were [6, 6][6, 6]" },
        {
            new() { Rank = 6, InitialFactors = new(Matrix.Create(6, 6, (i, _) => i == 4 ? float.NaN : 1), Matrix.Identity(6)) },
            "Row 4 of InitialFactors' A is not finite"
        },
        { new() { Rank = 2, Objective = FitObjective.SquaredError, WeightDecay = 1 }, "SquaredError" },
        {
            new() { Rank = 2, Objective = FitObjective.SquaredError, KnownFactors = [new(Matrix.Identity(6), Matrix.Identity(6))] },
            "r at most 2, one was [6, 6][6, 6]"
        },
        {
            new() { Rank = 6, Objective = FitObjective.SquaredError, KnownFactors = [FactoredMatrix.Identity(6)] },
            "it takes no KnownFactors"
        },
        { new() { Rank = 2, KnownFactors = [new(new Matrix(5, 2), new Matrix(2, 6))] }, "KnownFactors must be [6, r][r, 6]" },
        {
            new() { Rank = 2, KnownFactors = [new(Matrix.Create(6, 1, (_, _) => float.NaN), new Matrix(1, 6))] },
            "KnownFactors must be finite"
        },
        { new() { Rank = 2, StationarityTolerance = -1 }, "StationarityTolerance must be finite and not negative, was -1" },
    };

    [Theory, MemberData(nameof(BadOptions))]
    public void Fit_BadOption_SaysWhich(LowRankFitOptions options, string message)
    {
        var thrown = Assert.ThrowsAny<ArgumentException>(() => LowRankFitter.Fit(
            Model.Embedding, Model.Unembedding, FitExamples.Copying(20), options, null, TestContext.Current.CancellationToken));
        Assert.Contains(message, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_ShapesThatDoNotFit_SaysBoth() => AssertSays("[20, 6] and [20, 6]", () =>
        LowRankFitter.Fit(Model.Embedding, Model.Embedding, FitExamples.Copying(20), new() { Rank = 2 }));

    [Fact]
    public void Fit_TokenOutOfRange_SaysWhich() => AssertSays("Example 1: token must be in [0, 20), was 20", () =>
        LowRankFitter.Fit(Model.Embedding, Model.Unembedding, new([0, 20], [0, 1]), new() { Rank = 2 }));

    [Fact]
    public void Fit_LabelOutOfRange_SaysWhich() => AssertSays("Example 0: label must be in [0, 20), was -1", () =>
        LowRankFitter.Fit(Model.Embedding, Model.Unembedding, new([0, 2], [-1, 1]), new() { Rank = 2 }));

    [Fact]
    public void Fit_NonFiniteWeight_SaysWhichRow()
    {
        AssertSays("Row 7 of W_E is not finite", () => LowRankFitter.Fit(
            Matrix.Create(20, 6, (i, k) => i == 7 ? float.NaN : Model.Embedding[i, k]), Model.Unembedding, FitExamples.Copying(20),
            new() { Rank = 2 }));
        AssertSays("Row 3 of W_U is not finite", () => LowRankFitter.Fit(
            Model.Embedding, Matrix.Create(6, 20, (k, j) => k == 3 ? float.PositiveInfinity : Model.Unembedding[k, j]),
            FitExamples.Copying(20), new() { Rank = 2 }));
    }

    private static void AssertSays(string message, Action fit)
    {
        var error = Assert.ThrowsAny<ArgumentException>(fit);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
