using System.Runtime.Intrinsics;
using Xunit;

namespace OVPipeline.Core.Tests;

public class MatrixProductTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int, int> Shapes => new()
    {
        { 0, 3, 4 }, { 3, 0, 4 }, { 3, 4, 0 }, { 1, 1, 1 }, { 4, 48, 48 }, { 5, 47, 49 }, { 15, 16, 17 }, { 63, 255, 63 },
        { 191, 256, 24 }, { 500, 300, 64 }, { 97, 40, 30 }, { 193, 257, 481 }, { 2, 513, 1000 }, { 700, 3, 1 },
        { 1000, 5, 1201 }, { 1201, 17, 16 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Multiply_AnyShape_AgreesWithDouble(int m, int depth, int n)
    {
        Matrix a = TestMatrices.Random(m, depth, seed: 1), b = TestMatrices.Random(depth, n, seed: 2);
        AssertNear(a, b, MatrixProduct.Multiply(a, b, Token));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void TransposeMultiply_AnyShape_HasTheBitsOfMultiply(int m, int depth, int n)
    {
        Matrix a = TestMatrices.Random(m, depth, seed: 1), b = TestMatrices.Random(depth, n, seed: 2);
        Assert.Equal(MatrixProduct.Multiply(a, b, Token).Values, MatrixProduct.TransposeMultiply(a.Transpose(), b, Token).Values);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void MultiplyTranspose_AnyShape_HasTheBitsOfMultiply(int m, int depth, int n)
    {
        Matrix a = TestMatrices.Random(m, depth, seed: 1), b = TestMatrices.Random(depth, n, seed: 2);
        Assert.Equal(MatrixProduct.Multiply(a, b, Token).Values, MatrixProduct.MultiplyTranspose(a, b.Transpose(), Token).Values);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Of_AnyWidth_HasTheSameBits(int m, int depth, int n)
    {
        PackSource left = PackSource.RowsOf(TestMatrices.Random(m, depth, seed: 1)),
            right = PackSource.ColumnsOf(TestMatrices.Random(depth, n, seed: 2));
        var scalar = BlockedProduct.Of<float, SimdScalar>(left, right, Token);
        Assert.Equal(scalar.Values, BlockedProduct.Of<double, EmulatedScalar>(left, right, Token).Values);
        Assert.Equal(scalar.Values, BlockedProduct.Of<Vector128<double>, Emulated128>(left, right, Token).Values);
        Assert.Equal(scalar.Values, BlockedProduct.Of<Vector128<float>, Simd128>(left, right, Token).Values);
        Assert.Equal(scalar.Values, BlockedProduct.Of<Vector256<float>, Simd256>(left, right, Token).Values);
        Assert.Equal(scalar.Values, BlockedProduct.Of<Vector512<float>, Simd512>(left, right, Token).Values);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void IntoAndAddTo_AMatrixThatHoldsNumbers_ForgetAndKeepThem(int m, int depth, int n)
    {
        Matrix a = TestMatrices.Random(m, depth, seed: 1), b = TestMatrices.Random(depth, n, seed: 2);
        PackSource left = PackSource.RowsOf(a), right = PackSource.ColumnsOf(b);
        Matrix expected = MatrixProduct.Multiply(a, b, Token), into = TestMatrices.Random(m, n, seed: 3);
        BlockedProduct.Into(into, left, right, Token);
        Assert.Equal(expected.Values, into.Values);
        BlockedProduct.AddTo(into, left, right, Token);
        AssertNear(a, b, Matrix.Create(m, n, (i, j) => into[i, j] / 2));
    }

    [Fact]
    public void Products_SizesThatDoNotFit_SayBothShapes()
    {
        Matrix a = new(2, 3), b = new(4, 5);
        var error = Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(a, b, Token));
        Assert.Contains("[2, 3] times [4, 5]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MatrixProduct.TransposeMultiply(a, b, Token));
        Assert.Throws<ArgumentException>(() => MatrixProduct.MultiplyTranspose(a, b, Token));
    }

    [Fact]
    public void Multiply_Cancelled_Throws()
    {
        Assert.ThrowsAny<OperationCanceledException>(() => MatrixProduct.Multiply(new(2, 3), new(3, 2), new(canceled: true)));
    }

    private static void AssertNear(Matrix a, Matrix b, Matrix product)
    {
        Assert.Equal((a.Rows, b.Columns), (product.Rows, product.Columns));
        for (int i = 0; i < a.Rows; i++)
            for (int j = 0; j < b.Columns; j++)
            {
                double exact = 0, size = 0;
                for (int k = 0; k < a.Columns; k++)
                {
                    double term = (double)a[i, k] * b[k, j];
                    (exact, size) = (exact + term, size + Math.Abs(term));
                }
                Assert.True(Math.Abs(product[i, j] - exact) <= (a.Columns + 4) * Math.Pow(2, -24) * size,
                    $"[{i}, {j}]: {product[i, j]} against {exact}");
            }
    }
}
