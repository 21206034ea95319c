namespace OVPipeline.Core;

/// <summary>
/// A matrix as the kernel wants to read it: <see cref="Count"/> vectors (the rows of a left factor, the columns of a right one) of
/// <see cref="Depth"/> values each. One of the two strides is 1.
/// </summary>
/// <param name="Values">Memory that holds the first value of all vectors at its start.</param>
/// <param name="Count">Vectors.</param>
/// <param name="Depth">Values of a vector.</param>
/// <param name="VectorStride">From a vector to the next, in values.</param>
/// <param name="DepthStride">From a value of a vector to the next.</param>
internal readonly record struct PackSource(ReadOnlyMemory<float> Values, int Count, int Depth, int VectorStride, int DepthStride)
{
    /// <summary>Packs vectors [first, first + count) over the depth [k, k + depth); the last group is filled up with zeros.</summary>
    /// <param name="first">First vector.</param>
    /// <param name="count">Number of vectors.</param>
    /// <param name="k">Start of the depth.</param>
    /// <param name="depth">Length of the depth.</param>
    /// <param name="width">Vectors in a group.</param>
    /// <param name="packed">Room for count, rounded up to whole groups, times depth values.</param>
    public unsafe void Pack(int first, int count, int k, int depth, int width, float* packed)
    {
        fixed (float* values = Values.Span)
        {
            float* start = values + (nint)first * VectorStride + (nint)k * DepthStride;
            FloatPacking.Pack(start, VectorStride, DepthStride, count, depth, width, packed);
        }
    }

    /// <summary>The rows of a matrix.</summary>
    public static PackSource RowsOf(Matrix matrix) => new(matrix.Data, matrix.Rows, matrix.Columns, matrix.Columns, 1);

    /// <summary>The rows [from, from + count) of a matrix.</summary>
    public static PackSource RowsOf(Matrix matrix, int from, int count) =>
        new(matrix.Data.AsMemory(from * matrix.Columns, count * matrix.Columns), count, matrix.Columns, matrix.Columns, 1);

    /// <summary>The columns of a matrix.</summary>
    public static PackSource ColumnsOf(Matrix matrix) => new(matrix.Data, matrix.Columns, matrix.Rows, 1, matrix.Columns);

    /// <summary>The columns of the rows [from, from + count) of a matrix.</summary>
    public static PackSource ColumnsOf(Matrix matrix, int from, int count) =>
        new(matrix.Data.AsMemory(from * matrix.Columns, count * matrix.Columns), matrix.Columns, count, 1, matrix.Columns);
}
