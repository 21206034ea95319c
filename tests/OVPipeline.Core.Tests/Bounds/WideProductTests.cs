using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Sums of products in double, whole tiles and what is left beside them.</summary>
public unsafe class WideProductTests
{
    [Theory]
    [InlineData(1, 1, 1), InlineData(8, 16, 5), InlineData(17, 35, 3), InlineData(7, 32, 2), InlineData(16, 15, 4), InlineData(9, 17, 0)]
    public void Add_AnySizes_AddsTheProducts(int rows, int columns, int depth)
    {
        var right = TestMatrices.Random(depth + 1, columns + 3, 1);
        double[] left = [.. TestMatrices.Random(rows, depth + 2, 2).Values.ToArray()], sums = new double[rows * (columns + 1)];
        double[] turned = new double[left.Length];
        for (int i = 0; i < rows; i++)
            for (int t = 0; t < depth + 2; t++)
                turned[(t * rows) + i] = left[(i * (depth + 2)) + t];
        Array.Fill(sums, 0.5);
        double[] again = [.. sums];
        fixed (double* to = sums, from = left, toAgain = again, fromTurned = turned)
        fixed (float* values = right.Data)
        {
            WideProduct.Add(to, columns + 1, rows, columns, new(from, depth + 2, 1), values, columns + 3, depth);
            WideProduct.Add(toAgain, columns + 1, rows, columns, new(fromTurned, 1, rows), values, columns + 3, depth);
        }
        for (int i = 0; i < rows; i++)
            for (int j = 0; j <= columns; j++)
            {
                double expected = 0.5;
                for (int t = 0; t < depth && j < columns; t++)
                    expected += left[(i * (depth + 2)) + t] * right[t, j];
                Assert.Equal(expected, sums[(i * (columns + 1)) + j], 1e-14);
                Assert.Equal(expected, again[(i * (columns + 1)) + j], 1e-14);
            }
    }
}
