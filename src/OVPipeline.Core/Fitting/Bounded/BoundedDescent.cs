namespace OVPipeline.Core;

/// <summary>
/// Descends a bounded objective from one start by quasi-Newton steps until it is stationary. While a pair is held at the norm, steps
/// stay on it; a pair that is better off smaller moves inside.
/// </summary>
internal sealed class BoundedDescent(BoundedObjective objective, GramMatrices moments, int width, double tolerance)
{
    // Steps after which the scaling is set anew: where the multiplier stands is known better by then.
    private static readonly int[] ScaleAt = [0, 10, 40];

    // The first step's share of the factors' length; Armijo's share of the slope; trials of one line search.
    private const double FirstStep = 0.05, SufficientFall = 1e-4;
    private const int MostTrials = 20;

    // Where so many steps together lower the objective by less than what single precision resolves, no more can be had.
    private const int NoiseWindow = 30;
    private const double Noise = 1e-6;

    private readonly QuasiNewton _memory = new();
    private readonly Queue<double> _last = new();
    private CurvatureScaling? _scaling;
    private int _steps;
    private bool _balanced;

    /// <summary>Where it stands. Objectives never rise.</summary>
    public required BoundedPoint Point { get; set; }

    /// <summary>Why it can go no further; null while it can.</summary>
    public FitStop? Stop { get; private set; }

    /// <summary>Takes one step, or finds out why there is none.</summary>
    public void Step(CancellationToken cancellationToken)
    {
        if (Stop is not null)
            return;
        if (IsStationary(cancellationToken))
        {
            Stop = FitStop.Stationary;
            return;
        }
        if (Array.IndexOf(ScaleAt, _steps) >= 0 || _scaling is null)
            _scaling = new(moments, width, CurvatureScaling.Ridge(Point.RadialSlope, objective.RadialCurvature(Point, cancellationToken)));
        _steps++;
        var next = Search(cancellationToken);
        if (next is null && !_memory.IsEmpty)
        {
            _memory.Clear(); // what it remembers misleads: try the plain scaled gradient
            next = Search(cancellationToken);
        }
        if (next is null)
        {
            Stop = FitStop.Plateau;
            return;
        }
        if (next.IsHeld == Point.IsHeld)
            _memory.Add(next.Factors.Minus(Point.Factors), next.Gradient.Minus(Point.Gradient));
        else
            _memory.Clear(); // gradients with and without what the norm takes are of two problems
        Point = next;
        _balanced = false;
        _last.Enqueue(next.Objective);
        if (_last.Count > NoiseWindow && _last.Dequeue() - next.Objective <= Noise * Math.Abs(next.Objective))
            Stop = FitStop.Plateau;
    }

    // Judged by balanced factors: others of the same pair would make any point look better or worse.
    private bool IsStationary(CancellationToken cancellationToken)
    {
        if (Point.Stationarity > tolerance)
            return false;
        if (!_balanced)
        {
            var balanced = FactorPair.Balanced(Point.Factors.ToResidual(), Point.Factors.Left.Columns);
            Point = objective.At(balanced, Point.IsHeld, cancellationToken);
            _balanced = true;
            _memory.Clear(); // it is of the other factors
        }
        return Point.Stationarity <= tolerance;
    }

    private BoundedPoint? Search(CancellationToken cancellationToken)
    {
        var at = Point;
        double firstLength = FirstStep * Math.Sqrt(at.Factors.SquaredNorm());
        var direction = _memory.Direction(at.Gradient, g => _scaling!.Apply(g, at.Factors), firstLength);
        double slope = direction.Dot(at.Gradient), length = 1;
        if (!(slope < 0))
            return null;
        for (int trial = 0; trial < MostTrials; trial++)
        {
            var factors = at.Factors.Copy();
            factors.Add(direction, length);
            var next = objective.At(factors, at.IsHeld, cancellationToken);
            if (next.Objective <= at.Objective + SufficientFall * length * slope)
                return next;
            // The minimum of the parabola through both values and the slope, within what is safe.
            double parabola = -slope * length * length / (2 * (next.Objective - at.Objective - slope * length));
            length = double.IsFinite(parabola) ? Math.Clamp(parabola, 0.1 * length, 0.5 * length) : 0.1 * length;
        }
        return null;
    }
}
