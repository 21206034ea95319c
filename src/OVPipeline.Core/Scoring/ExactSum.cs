namespace OVPipeline.Core;

/// <summary>
/// A sum of doubles without any rounding, kept as an expansion: doubles of growing magnitude whose bits do not overlap (Shewchuk,
/// Adaptive Precision Floating-Point Arithmetic, 1997, section 2.4).
/// </summary>
/// <param name="capacity">Most terms that will be added.</param>
internal sealed class ExactSum(int capacity)
{
    private readonly double[] _parts = new double[capacity + 1];
    private int _count;

    /// <summary>The sum's sign, -1, 0 or 1: that of the largest part.</summary>
    public int Sign => _count == 0 ? 0 : Math.Sign(_parts[_count - 1]);

    /// <summary>Starts again from zero.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a term.</summary>
    public void Add(double term)
    {
        double sum = term;
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            double part = _parts[i], rounded = sum + part, share = rounded - sum;
            double error = (sum - (rounded - share)) + (part - share);
            if (error != 0)
                _parts[kept++] = error;
            sum = rounded;
        }
        if (sum != 0)
            _parts[kept++] = sum;
        _count = kept;
    }
}
