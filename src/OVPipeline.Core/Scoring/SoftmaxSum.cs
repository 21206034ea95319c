namespace OVPipeline.Core;

/// <summary>
/// A sum of <c>exp(t)</c>, <c>t = beta (logit - shift)</c>, with the first two moments of t under it. The shift follows the largest
/// logit, so nothing overflows and nothing that matters underflows.
/// </summary>
internal struct SoftmaxSum
{
    private double _first, _second;

    /// <summary>What is taken off every logit.</summary>
    public double Shift { get; private set; }

    /// <summary>The sum.</summary>
    public double Total { get; private set; }

    /// <summary>Mean of t.</summary>
    public readonly double Mean => _first / Total;

    /// <summary>Variance of t.</summary>
    public readonly double Variance => Math.Max(0, _second / Total - Mean * Mean);

    /// <summary>Adds a term.</summary>
    public void Add(double t)
    {
        double weight = Math.Exp(t);
        Add(weight, weight * t, weight * t * t);
    }

    /// <summary>Adds a partial sum and its moments.</summary>
    public void Add(double total, double first, double second)
    {
        Total += total;
        _first += first;
        _second += second;
    }

    /// <summary>Moves the shift, and the sums with it.</summary>
    /// <remarks>With t' = t + step, exp(t') = factor exp(t): sum(exp(t') t'^2) = factor (second + 2 step first + step^2 total).</remarks>
    public void MoveShift(double shift, double beta)
    {
        double step = beta * (Shift - shift), factor = Math.Exp(step);
        Shift = shift;
        if (Total == 0)
            return;
        _second = factor * (_second + step * (2 * _first + step * Total));
        _first = factor * (_first + step * Total);
        Total *= factor;
    }
}
