using Xunit;

namespace OVPipeline.Core.Tests;

public class CrossProductTests
{
    private const int ChunkDepth = 4096;

    // Shapes at and beside the edges of strips, panels, parts and chunks.
    [Theory]
    [InlineData(1, 1, 1), InlineData(5, 4, 12), InlineData(127, 5, 13), InlineData(129, 3, 25), InlineData(4096, 7, 2)]
    [InlineData(4097, 2, 7), InlineData(9000, 9, 11)]
    public void Of_AnyShape_SumsExactProductsInOrder(int depth, int left, int right)
    {
        Matrix x = TestMatrices.Random(depth, left, seed: 1), y = TestMatrices.Random(depth, right, seed: 2);
        var product = CrossProduct.Of(x, y);
        var ofRows = CrossProduct.Of(PackSource.RowsOf(x.Transpose()), PackSource.ColumnsOf(y));
        Assert.Equal((left, right), (product.RowCount, product.ColumnCount));
        for (int i = 0; i < left; i++)
            for (int j = 0; j < right; j++)
            {
                Assert.Equal(InOrder(x, y, i, j), product[i, j]);
                Assert.Equal(product[i, j], ofRows[i, j]);
            }
    }

    [Fact]
    public void Of_NoRows_IsZero() =>
        Assert.Equal([0, 0], CrossProduct.Of(new Matrix(0, 2), new Matrix(0, 1)).ToRowMajorArray());

    [Fact]
    public void Of_OtherHeights_NamesThem()
    {
        var exception = Assert.Throws<ArgumentException>(() => CrossProduct.Of(new Matrix(2, 3), new Matrix(4, 3)));
        Assert.StartsWith("Heights differ: [2, 3] and [4, 3].", exception.Message);
    }

    private static double InOrder(Matrix x, Matrix y, int i, int j)
    {
        double total = 0;
        for (int from = 0; from < x.Rows; from += ChunkDepth)
        {
            double sum = 0;
            for (int row = from; row < Math.Min(x.Rows, from + ChunkDepth); row++)
                sum += (double)x[row, i] * y[row, j];
            total += sum;
        }
        return total;
    }
}
