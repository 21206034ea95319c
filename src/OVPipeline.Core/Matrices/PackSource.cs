namespace OVPipeline.Core;

/// <summary>
/// A matrix as the kernel wants to read it: <see cref="Count"/> vectors (the rows of a left factor, the columns of a right one) of
/// <see cref="Depth"/> values each. One of the two strides is 1.
/// </summary>
internal readonly record struct PackSource(ReadOnlyMemory<float> Values, int Count, int Depth, int VectorStride, int DepthStride)
{
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
