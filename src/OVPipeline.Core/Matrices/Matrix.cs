using System.Numerics;
using System.Runtime.InteropServices;

namespace OVPipeline.Core;

/// <summary>
/// A dense single-precision matrix, stored row by row. Rows are contiguous, so <c>[V, d_model]</c> embeddings hand out a token's
/// vector as a span. Read-only from outside once it is made.
/// </summary>
public sealed class Matrix
{
    private readonly float[] _values;

    /// <summary>Wraps <paramref name="values"/>, row by row, without copying: the caller hands the array over.</summary>
    /// <exception cref="ArgumentException">The array does not hold <paramref name="rows"/> x <paramref name="columns"/> values.</exception>
    public Matrix(int rows, int columns, float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (values.Length != (long)rows * columns)
        {
            string message = $"A [{rows}, {columns}] matrix holds {(long)rows * columns} values, was given {values.Length}.";
            throw new ArgumentException(message, nameof(values));
        }
        Rows = rows;
        Columns = columns;
        _values = values;
    }

    /// <summary>A matrix of zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or the matrix would hold more than 2^31 - 60 values.</exception>
    public Matrix(int rows, int columns) : this(rows, columns, new float[CheckedLength(rows, columns)]) { }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>The value at a row and a column, both 0-based.</summary>
    public float this[int row, int column] => Row(row)[column];

    /// <summary>All values, row by row.</summary>
    public ReadOnlySpan<float> Values => _values;

    internal float[] Data => _values;

    /// <summary>One row, <see cref="Columns"/> values.</summary>
    public ReadOnlySpan<float> Row(int row) => _values.AsSpan(checked(row * Columns), Columns);

    /// <summary>Makes a matrix from a function of row and column.</summary>
    public static Matrix Create(int rows, int columns, Func<int, int, float> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var matrix = new Matrix(rows, columns);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                matrix._values[i * columns + j] = value(i, j);
        return matrix;
    }

    /// <summary>The identity matrix of a size.</summary>
    public static Matrix Identity(int size) => Create(size, size, (i, j) => i == j ? 1 : 0);

    /// <summary>The transpose, a copy.</summary>
    public Matrix Transpose()
    {
        var transposed = new Matrix(Columns, Rows);
        const int Tile = 32; // both sides of a tile stay in the L1 cache
        Parallel.For(0, (Columns + Tile - 1) / Tile, tile =>
        {
            int j0 = tile * Tile;
            for (int i0 = 0; i0 < Rows; i0 += Tile)
                for (int i = i0; i < Math.Min(i0 + Tile, Rows); i++)
                    for (int j = j0; j < Math.Min(j0 + Tile, Columns); j++)
                        transposed._values[j * Rows + i] = _values[i * Columns + j];
        });
        return transposed;
    }

    /// <summary>The given rows, in the given order, as a copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    public Matrix SelectRows(ReadOnlySpan<int> rows)
    {
        var selected = new Matrix(rows.Length, Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            if ((uint)rows[i] >= (uint)Rows)
                throw new ArgumentOutOfRangeException(nameof(rows), rows[i], $"Rows lie in [0, {Rows}).");
            Row(rows[i]).CopyTo(selected._values.AsSpan(i * Columns, Columns));
        }
        return selected;
    }

    /// <summary>Matrices of the same height side by side.</summary>
    /// <exception cref="ArgumentException">None is given, or their heights differ.</exception>
    public static Matrix ConcatenateColumns(params IReadOnlyList<Matrix> matrices)
    {
        RequireSome(matrices);
        if (matrices.Any(m => m.Rows != matrices[0].Rows))
            throw new ArgumentException($"Heights differ: {string.Join(", ", matrices)}.", nameof(matrices));
        var joined = new Matrix(matrices[0].Rows, matrices.Sum(m => m.Columns));
        for (int i = 0; i < joined.Rows; i++)
        {
            int offset = checked(i * joined.Columns);
            foreach (var matrix in matrices)
            {
                matrix.Row(i).CopyTo(joined._values.AsSpan(offset));
                offset += matrix.Columns;
            }
        }
        return joined;
    }

    /// <summary>Matrices of the same width one below the other.</summary>
    /// <exception cref="ArgumentException">None is given, or their widths differ.</exception>
    public static Matrix ConcatenateRows(params IReadOnlyList<Matrix> matrices)
    {
        RequireSome(matrices);
        if (matrices.Any(m => m.Columns != matrices[0].Columns))
            throw new ArgumentException($"Widths differ: {string.Join(", ", matrices)}.", nameof(matrices));
        var joined = new Matrix(matrices.Sum(m => m.Rows), matrices[0].Columns);
        int offset = 0;
        foreach (var matrix in matrices)
        {
            matrix.Values.CopyTo(joined._values.AsSpan(offset));
            offset += matrix.Data.Length;
        }
        return joined;
    }

    /// <summary>The first row that holds NaN or an infinity, or -1 where all values are finite.</summary>
    public int FirstNonFiniteRow()
    {
        for (int i = 0; i < Rows; i++)
            if (!AreFinite(Row(i)))
                return i;
        return -1;
    }

    /// <summary>The shape, as <c>[rows, columns]</c>.</summary>
    public override string ToString() => $"[{Rows}, {Columns}]";

    // x - x is 0 for a number and NaN for what is none.
    private static bool AreFinite(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var differences = Vector<float>.Zero;
        foreach (var vector in vectors)
            differences += vector - vector;
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
            if (!float.IsFinite(value))
                return false;
        return Vector.EqualsAll(differences, Vector<float>.Zero);
    }

    private static void RequireSome(IReadOnlyList<Matrix> matrices)
    {
        ArgumentNullException.ThrowIfNull(matrices);
        if (matrices.Count == 0)
            throw new ArgumentException("At least one matrix is needed.", nameof(matrices));
    }

    private static int CheckedLength(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        long length = (long)rows * columns;
        if (length > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(rows), $"A [{rows}, {columns}] matrix does not fit one array.");
        return (int)length;
    }
}
