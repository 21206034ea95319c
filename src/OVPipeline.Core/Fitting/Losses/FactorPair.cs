namespace OVPipeline.Core;

/// <summary>
/// Both factors of a pair <c>A B</c> as a fit moves them, with a column per inner dimension: A itself and B transposed. A gradient with
/// respect to both has the same form.
/// </summary>
/// <param name="Left">A, or the gradient with respect to it, [d_model, r].</param>
/// <param name="Right">B', or the gradient with respect to it, [d_model, r].</param>
public readonly record struct FactorPair(Matrix Left, Matrix Right)
{
    /// <summary>Both factors scaled so that their product is scaled by <paramref name="scale"/>.</summary>
    internal FactorPair ScaleProduct(double scale) => new(Scaled(Left, Math.Sqrt(scale)), Scaled(Right, Math.Sqrt(scale)));

    /// <summary>The pair <c>A B</c>.</summary>
    internal FactoredMatrix ToResidual() => new(Left, Right.Transpose());

    /// <summary>The sum of squares of all entries.</summary>
    internal double SquaredNorm() => SquaredSum(Left) + SquaredSum(Right);

    /// <summary><c>|A B|</c> (Frobenius).</summary>
    internal double ProductNorm() =>
        Math.Sqrt(Math.Max(0, CrossProduct.Of(Left, Left).PointwiseMultiply(CrossProduct.Of(Right, Right)).RowSums().Sum()));

    /// <summary>Adds a multiple of other factors, in place.</summary>
    internal void Add(FactorPair other, double scale)
    {
        Add(Left.Data, other.Left.Data, (float)scale);
        Add(Right.Data, other.Right.Data, (float)scale);
    }

    /// <summary>
    /// Takes from this gradient at <paramref name="factors"/> what would only make <c>|A B|</c> grow, in place: adds the multiple of the
    /// gradient of <c>|A B|^2 / 2</c> with which scaling the factors up no longer lowers the loss, the multiplier of a constraint on that
    /// norm. Without it, steps at a cap are spent on growth that the cap takes back.
    /// </summary>
    internal void RemoveGrowth(FactorPair factors)
    {
        var (left, right) = factors;
        FactorPair norm = new(
            MatrixProduct.Multiply(left, MatrixProduct.TransposeMultiply(right, right)),
            MatrixProduct.Multiply(right, MatrixProduct.TransposeMultiply(left, left)));
        double growth = Dot(factors);
        if (growth < 0)
            Add(norm, -growth / norm.Dot(factors));
    }

    /// <summary>Multiplies all entries, in place.</summary>
    internal void Multiply(double scale)
    {
        foreach (float[] values in new[] { Left.Data, Right.Data })
            for (int i = 0; i < values.Length; i++)
                values[i] *= (float)scale;
    }

    /// <summary>The sum of products of entries.</summary>
    internal double Dot(FactorPair other) => Dot(Left.Values, other.Left.Values) + Dot(Right.Values, other.Right.Values);

    /// <summary>The sum of products of values.</summary>
    internal static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += (double)x[i] * y[i];
        return sum;
    }

    private static void Add(float[] values, float[] other, float scale)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] += scale * other[i];
    }

    /// <summary>A copy that can be changed in place.</summary>
    internal FactorPair Copy() => new(Scaled(Left, 1), Scaled(Right, 1));

    /// <summary>The difference to other factors, a copy.</summary>
    internal FactorPair Minus(FactorPair other)
    {
        var difference = Copy();
        difference.Add(other, -1);
        return difference;
    }

    /// <summary>
    /// The same pair with both factors' columns orthogonal and of one length in each dimension (<c>U S^1/2</c> and <c>V S^1/2</c>), which
    /// among all factors of the pair have the smallest sum of squares, and further columns of zeros up to a rank.
    /// </summary>
    internal static FactorPair Balanced(FactoredMatrix pair, int rank)
    {
        var balanced = pair.Truncate(Math.Min(pair.Rank, rank));
        return new(Padded(balanced.A, rank), Padded(balanced.B.Transpose(), rank));
    }

    private static Matrix Padded(Matrix columns, int rank) =>
        columns.Columns == rank ? columns : Matrix.ConcatenateColumns(columns, new Matrix(columns.Rows, rank - columns.Columns));

    /// <summary>The same factors, or scaled ones where <c>|A B|</c> (Frobenius) is above <paramref name="norm"/>.</summary>
    internal FactorPair Capped(double? norm)
    {
        if (norm is not { } cap)
            return this;
        double actual = ProductNorm();
        return actual > cap ? ScaleProduct(cap / actual) : this;
    }

    private static Matrix Scaled(Matrix matrix, double scale) =>
        new(matrix.Rows, matrix.Columns, Array.ConvertAll(matrix.Data, v => (float)(scale * v)));

    private static double SquaredSum(Matrix matrix)
    {
        double sum = 0;
        foreach (float value in matrix.Values)
            sum += (double)value * value;
        return sum;
    }
}
