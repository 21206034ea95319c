namespace OVPipeline.Benchmarks;

/// <summary>Standard normal numbers (Box and Muller 1958) from SplitMix64 (Steele et al. 2014): any row of any stream can be made
/// alone.</summary>
internal struct Gaussian
{
    private ulong _state;
    private double _spare = double.NaN;

    public Gaussian(int seed, int stream, int row)
    {
        _state = (ulong)(uint)seed << 40 ^ (ulong)(uint)stream << 34 ^ (uint)row;
        _state = Next() ^ 0x2545F4914F6CDD1D;
    }

    /// <summary>The next number.</summary>
    public float Draw()
    {
        if (!double.IsNaN(_spare))
        {
            double spare = _spare;
            _spare = double.NaN;
            return (float)spare;
        }
        double radius = Math.Sqrt(-2 * Math.Log(1 - Uniform()));
        var (sin, cos) = Math.SinCos(2 * Math.PI * Uniform());
        _spare = radius * sin;
        return (float)(radius * cos);
    }

    /// <summary>The next number from [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    private ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
