using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// A matrix kept as a product <c>A [m, r] B [r, n]</c> that is never multiplied out: every property is computed from the factors, in
/// double precision, at a cost that grows with m + n and not with m n. After TransformerLens' FactoredMatrix.
/// </summary>
public sealed class FactoredMatrix
{
    private readonly Lazy<FactoredSvd> _svd;

    /// <summary>The product of two factors.</summary>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    public FactoredMatrix(Matrix a, Matrix b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Columns != b.Rows)
            throw new ArgumentException($"Inner sizes differ: {a} times {b}.", nameof(b));
        A = a;
        B = b;
        _svd = new(() => FactoredSvd.Of(A, B));
    }

    /// <summary>Left factor, [m, r].</summary>
    public Matrix A { get; }

    /// <summary>Right factor, [r, n].</summary>
    public Matrix B { get; }

    /// <summary>Number of rows, m.</summary>
    public int Rows => A.Rows;

    /// <summary>Number of columns, n.</summary>
    public int Columns => B.Columns;

    /// <summary>The inner size r: the product's rank is at most this.</summary>
    public int Rank => A.Columns;

    /// <summary>The identity, [size, size].</summary>
    public static FactoredMatrix Identity(int size) => new(Matrix.Identity(size), Matrix.Identity(size));

    /// <summary>The sum of matrices of the same shape: factors side by side, so ranks add up.</summary>
    /// <exception cref="ArgumentException">None is given, or their shapes differ.</exception>
    public static FactoredMatrix Sum(params IReadOnlyList<FactoredMatrix> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return terms.Count == 1
            ? terms[0]
            : new(Matrix.ConcatenateColumns([.. terms.Select(t => t.A)]), Matrix.ConcatenateRows([.. terms.Select(t => t.B)]));
    }

    /// <summary>The product <c>(A B)(C D)</c>, kept at the smaller of the two ranks.</summary>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    public FactoredMatrix Multiply(FactoredMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var middle = MatrixProduct.Multiply(B, other.A);
        return Rank <= other.Rank
            ? new(A, MatrixProduct.Multiply(middle, other.B))
            : new(MatrixProduct.Multiply(A, middle), other.B);
    }

    /// <summary>The transpose.</summary>
    public FactoredMatrix Transpose() => new(B.Transpose(), A.Transpose());

    /// <summary>The Frobenius norm, <c>sqrt(tr(A'A BB'))</c>.</summary>
    public double FrobeniusNorm()
    {
        var rows = PackSource.RowsOf(B);
        return Math.Sqrt(Math.Max(0, CrossProduct.Of(A, A).PointwiseMultiply(CrossProduct.Of(rows, rows)).RowSums().Sum()));
    }

    /// <summary>
    /// The singular values, largest first: those that single-precision factors determine, above about 1e-6 of the largest.
    /// </summary>
    public IReadOnlyList<double> SingularValues() => _svd.Value.Values;

    /// <summary>The non-zero eigenvalues of a square product: those of the r x r matrix <c>B A</c>, largest magnitude first.</summary>
    /// <exception cref="InvalidOperationException">The matrix is not square.</exception>
    public Complex[] Eigenvalues()
    {
        if (Rows != Columns)
            throw new InvalidOperationException($"Eigenvalues need a square matrix, this one is [{Rows}, {Columns}].");
        var small = CrossProduct.Of(PackSource.RowsOf(B), PackSource.ColumnsOf(A));
        double scale = small.FrobeniusNorm();
        if (scale == 0)
            return new Complex[Rank]; // MathNet's iteration does not converge on zero
        var eigenvalues = (small / scale).Evd(Symmetricity.Asymmetric).EigenValues.Select(value => value * scale).ToArray();
        Array.Sort(eigenvalues, (x, y) => y.Magnitude.CompareTo(x.Magnitude));
        return eigenvalues;
    }

    /// <summary>
    /// The best approximation of a rank in the Frobenius norm (Eckart and Young 1936), with the singular values shared evenly between the
    /// factors. Not the best one for any accuracy.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is not in [1, <see cref="Rank"/>].</exception>
    public FactoredMatrix Truncate(int rank)
    {
        var (x, y) = TruncationFactors(rank);
        return new(MatrixProduct.Multiply(A, x), MatrixProduct.Multiply(y, B));
    }

    /// <summary>
    /// The best approximation of a dense matrix of a rank, as <see cref="Truncate"/> has it: of a bound's relaxed solution.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is not in [1, the matrix's width].</exception>
    public static FactoredMatrix OfRank(Matrix matrix, int rank)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return new FactoredMatrix(matrix, Matrix.Identity(matrix.Columns)).Truncate(rank);
    }

    /// <summary>The product as a dense matrix. Only for small ones: the whole point of this type is not to do it.</summary>
    public Matrix ToMatrix() => MatrixProduct.Multiply(A, B);

    /// <summary>X [r, rank] and Y [rank, r] with <c>A X Y B</c> the truncation.</summary>
    internal (Matrix X, Matrix Y) TruncationFactors(int rank)
    {
        if (rank < 1 || rank > Rank)
            throw new ArgumentOutOfRangeException(nameof(rank), rank, $"rank must be in [1, {Rank}], was {rank}.");
        return _svd.Value.TruncationFactors(rank);
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Rows}, {Rank}][{Rank}, {Columns}]";
}
