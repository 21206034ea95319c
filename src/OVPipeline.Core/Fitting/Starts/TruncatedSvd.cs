using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// The largest singular values of a square matrix with their vectors, <c>M = U S V'</c>: by the eigenvectors of <c>M M'</c> where most
/// of them are wanted, else by block subspace iteration (Halko, Martinsson and Tropp 2011).
/// </summary>
internal sealed record TruncatedSvd(double[] Values, Matrix<double> Left, Matrix<double> Right)
{
    // Dimensions beyond the rank: they make the subspace converge as the ratio of values so far apart (Halko, Martinsson and Tropp have 5
    // to 10 for a single pass). The iteration ends by its tolerance; the limit is for matrices of equal values, on which it does not.
    private const int Oversampling = 16, MostIterations = 100;

    /// <param name="matrix">M [d, d].</param>
    /// <param name="rank">How many values.</param>
    /// <param name="tolerance">Iteration ends once the sum of squared values no longer grows by this share of it.</param>
    /// <param name="start">Where the iteration starts (<see cref="StartOf"/>).</param>
    /// <param name="cancellationToken">Checked in every iteration.</param>
    public static TruncatedSvd Of(Matrix matrix, int rank, double tolerance, Matrix? start, CancellationToken cancellationToken)
    {
        if (start is null)
            return FromBasis(matrix, Matrix.Identity(matrix.Rows), rank);
        var basis = Orthonormal(start);
        double energy = 0;
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = MatrixProduct.TransposeMultiply(matrix, basis, cancellationToken);
            double captured = CrossProduct.Of(image, image).Diagonal().Sum();
            basis = Orthonormal(MatrixProduct.Multiply(matrix, image, cancellationToken));
            if (captured - energy <= tolerance * captured)
                break;
            energy = captured;
        }
        return FromBasis(matrix, basis, rank);
    }

    /// <summary>
    /// A random start of an iteration, [size, rank and some more]; null where there is no iteration, as most vectors are wanted.
    /// </summary>
    /// <param name="size">Of the matrix.</param>
    /// <param name="rank">How many values are wanted.</param>
    /// <param name="random">What is drawn from.</param>
    public static Matrix? StartOf(int size, int rank, Random random)
    {
        int block = Math.Min(size, rank + Oversampling);
        return 2 * block >= size ? null : Matrix.Create(size, block, (_, _) => (float)(random.NextDouble() - 0.5));
    }

    // M = Q Q' M: with W = M' Q and W'W = Z S^2 Z', the left vectors are Q Z and the right ones W Z / S.
    private static TruncatedSvd FromBasis(Matrix matrix, Matrix basis, int rank)
    {
        var image = MatrixProduct.TransposeMultiply(matrix, basis);
        var evd = CrossProduct.Of(image, image).Evd(Symmetricity.Symmetric);
        int columns = basis.Columns;
        var values = new double[rank];
        var vectors = Matrix<double>.Build.Dense(columns, rank);
        for (int k = 0; k < rank; k++) // eigenvalues come in ascending order
        {
            values[k] = Math.Sqrt(Math.Max(0, evd.EigenValues[columns - 1 - k].Real));
            vectors.SetColumn(k, evd.EigenVectors.Column(columns - 1 - k));
        }
        var right = ToDouble(image) * vectors;
        for (int k = 0; k < rank; k++)
            right.SetColumn(k, values[k] > 0 ? right.Column(k) / values[k] : right.Column(k) * 0);
        return new(values, ToDouble(basis) * vectors, right);
    }

    // Q = X L^-T twice: the second pass removes what the first leaves where columns were nearly parallel.
    private static Matrix Orthonormal(Matrix columns)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            int size = columns.Columns;
            var inverse = CholeskyFactor.Of(CrossProduct.Of(columns, columns).ToRowMajorArray(), size).InverseTransposed;
            columns = MatrixProduct.Multiply(columns, Matrix.Create(size, size, (i, j) => (float)inverse[i * size + j]));
        }
        return columns;
    }

    private static Matrix<double> ToDouble(Matrix matrix) =>
        Matrix<double>.Build.Dense(matrix.Rows, matrix.Columns, (i, j) => matrix[i, j]);
}
