namespace OVPipeline.Core;

/// <summary>
/// Products of <see cref="Matrix"/>: single precision with fused multiply-add, multi-threaded, the same bits at any thread count and on
/// any machine: where it has no such instruction it is emulated, which takes many times as long.
/// </summary>
public static class MatrixProduct
{
    /// <summary><c>a b</c>: <c>[m, k] [k, n]</c> to <c>[m, n]</c>.</summary>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Matrix Multiply(Matrix a, Matrix b, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Columns != b.Rows)
            throw new ArgumentException($"Inner sizes differ: {a} times {b}.", nameof(b));
        return BlockedProduct.Of(PackSource.RowsOf(a), PackSource.ColumnsOf(b), cancellationToken);
    }

    /// <summary><c>a' b</c>: <c>[k, m]' [k, n]</c> to <c>[m, n]</c>, without forming the transpose.</summary>
    /// <exception cref="ArgumentException">The heights differ.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Matrix TransposeMultiply(Matrix a, Matrix b, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Rows != b.Rows)
            throw new ArgumentException($"Heights differ: the transpose of {a} times {b}.", nameof(b));
        return BlockedProduct.Of(PackSource.ColumnsOf(a), PackSource.ColumnsOf(b), cancellationToken);
    }

    /// <summary><c>a b'</c>: <c>[m, k] [n, k]'</c> to <c>[m, n]</c>, without forming the transpose.</summary>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Matrix MultiplyTranspose(Matrix a, Matrix b, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Columns != b.Columns)
            throw new ArgumentException($"Widths differ: {a} times the transpose of {b}.", nameof(b));
        return BlockedProduct.Of(PackSource.RowsOf(a), PackSource.RowsOf(b), cancellationToken);
    }
}
