namespace OVPipeline.Core;

/// <summary>Products of <see cref="Matrix"/>: single precision, multi-threaded, the same bits at any thread count.</summary>
public static class MatrixProduct
{
    /// <summary><c>a b</c>: <c>[m, k] [k, n]</c> to <c>[m, n]</c>.</summary>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    public static Matrix Multiply(Matrix a, Matrix b, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Columns != b.Rows)
            throw new ArgumentException($"Inner sizes differ: {a} times {b}.", nameof(b));
        var product = new Matrix(a.Rows, b.Columns);
        Parallel.For(0, a.Rows, new ParallelOptions { CancellationToken = cancellationToken }, i =>
        {
            var sum = product.Data.AsSpan(i * b.Columns, b.Columns);
            for (int k = 0; k < a.Columns; k++)
            {
                float scale = a[i, k];
                var row = b.Row(k);
                for (int j = 0; j < row.Length; j++)
                    sum[j] += scale * row[j];
            }
        });
        return product;
    }
}
