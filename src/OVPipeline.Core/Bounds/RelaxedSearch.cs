using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>
/// Looks for the lowest log-loss in the convex hull of all pairs of a rank and a norm, by accelerated projected gradient steps (FISTA, Beck
/// and Teboulle 2009) whose momentum starts again where it points uphill (O'Donoghue and Candès 2015).
/// </summary>
internal sealed class RelaxedSearch
{
    // A step length is given up once half of it is tried so many times: what is left is single precision's noise.
    private const int MostHalvings = 30;

    // A step is lengthened a little each time, so that one that was shortened where the loss bends much is not kept for good.
    private const double Lengthening = 1.1;

    // The loss in single precision is uncertain by about this share of it.
    private const double Noise = 2e-7;

    // Beyond it matrices would leave single precision. A search in a smaller ball than is asked for finds a bound that holds too.
    private const double LargestNorm = 1e18;

    private readonly LowRankBoundOptions _options;
    private readonly double _norm;
    private readonly IProgress<LowRankBoundProgress>? _progress;
    private readonly LogLossGradient _function;
    private double _bound = double.NegativeInfinity;

    public RelaxedSearch(FitProblem problem, LowRankBoundOptions options, IProgress<LowRankBoundProgress>? progress)
    {
        _options = options;
        _norm = Math.Min(options.Norm, LargestNorm);
        _progress = progress;
        _function = new(problem);
        Point = BoundAt = Projected(ToDouble(options.Start ?? new Matrix(problem.Width, problem.Width)));
        Loss = double.PositiveInfinity;
    }

    /// <summary>The lowest loss found in the hull, in single precision; infinite before the first.</summary>
    public double Loss { get; private set; }

    /// <summary>Where it was found.</summary>
    public Matrix Point { get; private set; }

    /// <summary>Where the best bound was found.</summary>
    public Matrix BoundAt { get; private set; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    public LowRankBoundStop Run(CancellationToken cancellationToken)
    {
        try
        {
            return Search(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return LowRankBoundStop.Cancelled;
        }
    }

    private LowRankBoundStop Search(CancellationToken cancellationToken)
    {
        var (point, ahead) = (ToDouble(Point), ToDouble(Point));
        Loss = _function.Loss(Point, cancellationToken);
        double momentum = 1, step = double.NaN;
        for (; Steps < _options.MaxSteps; Steps++)
        {
            var at = ToSingle(ahead);
            var (loss, single) = _function.LossAndGradient(at, cancellationToken);
            var gradient = ToDouble(single);
            double size = gradient.FrobeniusNorm();
            if (!double.IsFinite(loss + size))
                return LowRankBoundStop.Precision;
            Note(loss, at, gradient);
            if (Loss - _bound <= _options.Tolerance)
                return LowRankBoundStop.Tolerance;
            if (double.IsNaN(step))
                step = _norm / size;
            var (next, nextLoss, length) = Step(ahead, loss, gradient, step, cancellationToken);
            if (next is null)
                return LowRankBoundStop.Precision;
            step = length * Lengthening;
            if ((ahead - next).PointwiseMultiply(next - point).RowSums().Sum() > 0)
                (momentum, ahead) = (1, next);
            else
            {
                double following = (1 + Math.Sqrt(1 + (4 * momentum * momentum))) / 2;
                (ahead, momentum) = (next + ((next - point) * ((momentum - 1) / following)), following);
            }
            point = next;
            if (nextLoss < Loss)
                (Loss, Point) = (nextLoss, ToSingle(next));
            _progress?.Report(new(Steps + 1, _options.MaxSteps, Loss, _bound));
        }
        return LowRankBoundStop.Steps;
    }

    // The largest step, from the last one's length down, whose loss the quadratic model bounds from above.
    private (Matrix<double>? Next, double Loss, double Step) Step(
        Matrix<double> from, double loss, Matrix<double> gradient, double step, CancellationToken cancellationToken)
    {
        for (int i = 0; i < MostHalvings; i++, step /= 2)
        {
            var single = Projected(from - (gradient * step));
            var next = ToDouble(single);
            var move = next - from;
            double linear = gradient.PointwiseMultiply(move).RowSums().Sum(), length = move.FrobeniusNorm();
            double reached = _function.Loss(single, cancellationToken);
            if (reached <= loss + linear + (length * length / (2 * step)) + (Noise * Math.Abs(loss)))
                return (next, reached, step);
        }
        return (null, loss, step);
    }

    private void Note(double loss, Matrix at, Matrix<double> gradient)
    {
        double inner = gradient.PointwiseMultiply(ToDouble(at)).RowSums().Sum();
        double bound = loss - inner - (_options.Norm * TopNorm.Of(gradient, _options.Rank));
        if (bound > _bound)
            (_bound, BoundAt) = (bound, at);
    }

    private Matrix Projected(Matrix<double> map)
    {
        var svd = map.Svd();
        double[] values = SupportBall.Project([.. svd.S], _options.Rank, _norm);
        var scaled = svd.U.Clone();
        for (int i = 0; i < values.Length; i++)
            scaled.SetColumn(i, scaled.Column(i) * values[i]);
        return ToSingle(scaled * svd.VT);
    }

    private static Matrix<double> ToDouble(Matrix matrix) =>
        Matrix<double>.Build.Dense(matrix.Rows, matrix.Columns, (i, j) => matrix[i, j]);

    private static Matrix ToSingle(Matrix<double> matrix) =>
        Matrix.Create(matrix.RowCount, matrix.ColumnCount, (i, j) => (float)matrix[i, j]);
}
