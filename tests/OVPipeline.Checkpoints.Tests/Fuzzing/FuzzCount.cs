using System.Globalization;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>What the inputs of a group did.</summary>
internal sealed class FuzzCount
{
    private readonly Lock _gate = new();
    private long _loaded, _refused, _slowest, _slowestSeed, _most, _mostSeed;

    public void Add(int seed, bool loaded, TimeSpan time, long allocated)
    {
        lock (_gate)
        {
            if (loaded)
                _loaded++;
            else
                _refused++;
            if (time.Ticks > _slowest)
                (_slowest, _slowestSeed) = (time.Ticks, seed);
            if (allocated > _most)
                (_most, _mostSeed) = (allocated, seed);
        }
    }

    public override string ToString()
    {
        lock (_gate)
        {
            double milliseconds = TimeSpan.FromTicks(_slowest).TotalMilliseconds;
            return string.Create(CultureInfo.InvariantCulture, $"{_loaded} loaded, {_refused} refused; ")
                + string.Create(CultureInfo.InvariantCulture, $"at most {milliseconds:0} ms (seed {_slowestSeed}) ")
                + string.Create(CultureInfo.InvariantCulture, $"and {_most / 1e6:0.0} MB allocated (seed {_mostSeed})");
        }
    }
}
