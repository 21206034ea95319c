namespace OVPipeline.Torch;

/// <summary>Steele, Lea and Flood's SplitMix64: a stream that a seed fixes on every platform and in every release.</summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A seed made of several numbers.</summary>
    public static ulong Combine(params ReadOnlySpan<ulong> parts)
    {
        ulong seed = 0;
        foreach (ulong part in parts)
            seed = new SplitMix64(seed ^ part).Next();
        return seed;
    }

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>An integer in [0, bound), to within 2^-64 of evenly.</summary>
    public long Below(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    public void Shuffle(Span<int> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = (int)Below(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
