using System.Numerics.Tensors;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>Random matrices, the same for the same seed whatever the number of threads.</summary>
internal static class SyntheticMatrix
{
    /// <summary>Fills the rows of a matrix, in parallel.</summary>
    public delegate void FillRow(int row, Span<float> values);

    /// <summary>A matrix from a function of the row.</summary>
    public static Matrix Of(int rows, int columns, FillRow fill)
    {
        var matrix = new Matrix(rows, columns);
        Parallel.For(0, rows, row => fill(row, matrix.Data.AsSpan(row * columns, columns)));
        return matrix;
    }

    /// <summary>Independent normal numbers of a standard deviation.</summary>
    public static Matrix Normal(int rows, int columns, double deviation, int seed, int stream) => Of(rows, columns, (row, values) =>
    {
        var gaussian = new Gaussian(seed, stream, row);
        foreach (ref float value in values)
            value = (float)deviation * gaussian.Draw();
    });

    /// <summary>A random rotation, [size, size]: normal columns made orthogonal, twice for the digits that the first time loses.</summary>
    public static Matrix Rotation(int size, int seed, int stream)
    {
        var rotation = Normal(size, size, 1, seed, stream);
        for (int i = 0; i < size; i++)
        {
            var row = rotation.Data.AsSpan(i * size, size);
            for (int pass = 0; pass < 2; pass++)
                for (int j = 0; j < i; j++)
                    Add(row, rotation.Row(j), -TensorPrimitives.Dot(row, rotation.Row(j)));
            TensorPrimitives.Divide(row, TensorPrimitives.Norm(row), row);
        }
        return rotation;
    }

    private static void Add(Span<float> row, ReadOnlySpan<float> other, float factor) =>
        TensorPrimitives.MultiplyAdd(other, factor, row, row);
}
