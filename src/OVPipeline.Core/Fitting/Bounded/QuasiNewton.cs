namespace OVPipeline.Core;

/// <summary>The last steps of a descent and what they did to the gradient: limited-memory BFGS (Nocedal 1980).</summary>
internal sealed class QuasiNewton
{
    private const int Kept = 20;

    // A step along which the gradient hardly changed says nothing of the curvature.
    private const double LeastCurvature = 1e-10;

    private readonly List<(FactorPair Step, FactorPair Change, double Product)> _pairs = [];

    /// <summary>Whether nothing is known yet.</summary>
    public bool IsEmpty => _pairs.Count == 0;

    /// <summary>Forgets everything.</summary>
    public void Clear() => _pairs.Clear();

    /// <summary>Takes a step and the change of the gradient along it.</summary>
    public void Add(FactorPair step, FactorPair change)
    {
        double product = step.Dot(change);
        if (!(product > LeastCurvature * Math.Sqrt(step.SquaredNorm() * change.SquaredNorm())))
            return;
        _pairs.Add((step, change, product));
        if (_pairs.Count > Kept)
            _pairs.RemoveAt(0);
    }

    /// <summary>The direction of descent, <c>-H g</c>.</summary>
    /// <param name="gradient">g.</param>
    /// <param name="scaling">H before any step is known, up to scale.</param>
    /// <param name="firstLength">The length of the direction while no step is known.</param>
    public FactorPair Direction(FactorPair gradient, Func<FactorPair, FactorPair> scaling, double firstLength)
    {
        var q = gradient.Copy();
        var weights = new double[_pairs.Count];
        for (int i = _pairs.Count - 1; i >= 0; i--)
        {
            var (step, change, product) = _pairs[i];
            weights[i] = step.Dot(q) / product;
            q.Add(change, -weights[i]);
        }
        q = scaling(q);
        q.Multiply(-Scale(q, scaling, firstLength));
        for (int i = 0; i < _pairs.Count; i++)
        {
            var (step, change, product) = _pairs[i];
            q.Add(step, -weights[i] - change.Dot(q) / product);
        }
        return q;
    }

    private double Scale(FactorPair scaled, Func<FactorPair, FactorPair> scaling, double firstLength) => IsEmpty
        ? firstLength / Math.Sqrt(scaled.SquaredNorm())
        : _pairs[^1].Product / _pairs[^1].Change.Dot(scaling(_pairs[^1].Change));
}
