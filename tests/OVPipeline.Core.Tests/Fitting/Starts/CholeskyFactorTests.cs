using MathNet.Numerics.LinearAlgebra;
using Xunit;

namespace OVPipeline.Core.Tests;

public class CholeskyFactorTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(7), InlineData(33)]
    public void Of_RegularMatrix_FactorsAndInverts(int size)
    {
        var x = TestMatrices.Random(3 * size, size, seed: 1);
        var gram = CrossProduct.Of(x, x);
        var cholesky = CholeskyFactor.Of(gram.ToRowMajorArray(), size);
        var lower = Matrix<double>.Build.Dense(size, size, (i, j) => cholesky.Lower[i * size + j]);
        var inverse = Matrix<double>.Build.Dense(size, size, (i, j) => cholesky.InverseTransposed[i * size + j]);
        double scale = gram.Diagonal().Maximum();
        Assert.InRange((lower * lower.Transpose() - gram).L2Norm(), 0, 1e-5 * scale);
        Assert.InRange((lower.Transpose() * inverse - Matrix<double>.Build.DenseIdentity(size)).L2Norm(), 0, 1e-9);
    }

    [Fact]
    public void Of_SingularMatrix_StaysFinite()
    {
        var x = TestMatrices.Random(4, 9, seed: 1);
        var cholesky = CholeskyFactor.Of(CrossProduct.Of(x, x).ToRowMajorArray(), 9);
        Assert.All(cholesky.InverseTransposed, v => Assert.True(double.IsFinite(v)));
    }

    [Fact]
    public void Of_ZeroMatrix_StaysFinite() =>
        Assert.All(CholeskyFactor.Of(new double[9], 3).InverseTransposed, v => Assert.True(double.IsFinite(v)));

    // The ridge is a share of the diagonal, so the unit of the matrix does not matter: powers of two change no bit.
    [Theory, InlineData(-40), InlineData(-8), InlineData(6)]
    public void Of_ScaledMatrix_IsTheScaledFactor(int power)
    {
        var x = TestMatrices.Random(20, 7, seed: 2);
        double[] gram = CrossProduct.Of(x, x).ToRowMajorArray();
        var plain = CholeskyFactor.Of(gram, 7);
        var scaled = CholeskyFactor.Of([.. gram.Select(value => Math.ScaleB(value, 2 * power))], 7);
        Assert.Equal(plain.Lower.Select(value => Math.ScaleB(value, power)), scaled.Lower);
        Assert.Equal(plain.IsNearlySingular, scaled.IsNearlySingular);
    }
}
