using Xunit;

namespace OVPipeline.Core.Tests;

public class QuasiNewtonTests
{
    // f(x) = 1/2 x' D x over the entries of two factors: minimal at zero.
    private static readonly float[] Curvatures = [1, 3, 10, 30, 100, 0.5f];

    [Fact]
    public void Direction_OfAQuadratic_ReachesTheMinimumInAsManyExactStepsAsDimensions()
    {
        var memory = new QuasiNewton();
        var at = Of([1, -2, 3, 0.5f, -1, 2]);
        for (int step = 0; step < Curvatures.Length; step++)
        {
            var gradient = Gradient(at);
            var direction = memory.Direction(gradient, g => g, firstLength: 0.1);
            double length = -direction.Dot(gradient) / direction.Dot(Gradient(direction)); // exact along a line
            var next = at.Copy();
            next.Add(direction, length);
            memory.Add(next.Minus(at), Gradient(next).Minus(gradient));
            at = next;
        }
        Assert.InRange(Math.Sqrt(at.SquaredNorm()), 0, 1e-3);
    }

    [Fact]
    public void Direction_AfterAStep_HasItsLength()
    {
        var memory = new QuasiNewton();
        var at = Of([1, 1, 1, 1, 1, 1]);
        Assert.Equal(0.25, Math.Sqrt(memory.Direction(Gradient(at), g => g, 0.25).SquaredNorm()), 1e-5); // the first: what it is told
        var next = Of([0, 1, 1, 1, 1, 1]);
        memory.Add(next.Minus(at), Gradient(next).Minus(Gradient(at)));
        // Along the step made, the direction is the whole way to the minimum: its curvature is known.
        var direction = memory.Direction(Gradient(at), g => g, 0.25);
        Assert.Equal(-1, direction.Left.Values[0], 1e-5);
    }

    [Fact]
    public void Add_AStepWithoutCurvature_IsForgotten()
    {
        var memory = new QuasiNewton();
        memory.Add(Of([1, 0, 0, 0, 0, 0]), Of([-1, 0, 0, 0, 0, 0]));
        memory.Add(Of([1, 0, 0, 0, 0, 0]), Of([0, 1, 0, 0, 0, 0]));
        Assert.True(memory.IsEmpty);
    }

    [Theory]
    [InlineData(-2, 1, 2)]
    [InlineData(-2, 0, 100)]
    [InlineData(-2, -1, 100)]
    [InlineData(1, 1, 0.1)]
    [InlineData(-500, 1, 100)]
    public void Ridge_IsTheMultiplierOverTheCurvatureWithinLimits(double slope, double curvature, double expected) =>
        Assert.Equal(expected, CurvatureScaling.Ridge(slope, curvature), 1e-12);

    [Fact]
    public void Scaling_UndoesTheCurvatureOfAQuadraticOfTheMap()
    {
        // f = |E A B U|^2 / 2 with a ridge of next to nothing: A's gradient E'E A B UU'B' is, up to scale, sent back to A where UU' is the
        // identity.
        const int Width = 4, Rank = 3;
        var factors = new FactorPair(TestMatrices.Random(Width, Rank, 1), TestMatrices.Random(Width, Rank, 2));
        var e = TestMatrices.Dense(TestMatrices.Random(50, Width, 3));
        var gram = e.TransposeThisAndMultiply(e);
        var identity = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseIdentity(Width);
        var scaling = new CurvatureScaling(new(gram.ToRowMajorArray(), identity.ToRowMajorArray(), new double[Width * Width]), Width, 1e-6);
        var right = TestMatrices.Dense(factors.Right);
        var gradient = gram * TestMatrices.Dense(factors.Left) * right.TransposeThisAndMultiply(right);
        var scaled = scaling.Apply(new(Matrix.Create(Width, Rank, (i, k) => (float)gradient[i, k]), new Matrix(Width, Rank)), factors).Left;
        double cosine = FactorPair.Dot(scaled.Values, factors.Left.Values)
            / Math.Sqrt(FactorPair.Dot(scaled.Values, scaled.Values) * FactorPair.Dot(factors.Left.Values, factors.Left.Values));
        Assert.InRange(cosine, 0.99, 1);
    }

    private static FactorPair Of(float[] values) => new(new(3, 1, values[..3]), new(3, 1, values[3..]));

    private static FactorPair Gradient(FactorPair at) =>
        Of([.. at.Left.Values.ToArray().Concat(at.Right.Values.ToArray()).Select((value, i) => Curvatures[i] * value)]);
}
