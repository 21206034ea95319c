using System.Diagnostics;

namespace OVPipeline.Checkpoints;

/// <summary>How fast an answer comes. What is waited for it counts alone, not what is done with it in between.</summary>
internal sealed class HubRate(HubOptions options)
{
    private readonly Stopwatch _waited = new();
    private long _bytes;

    /// <summary>Reads, and notes how long it took.</summary>
    /// <exception cref="HubFailure">For as long as the time limit it has been slower than it may be.</exception>
    public async Task<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _waited.Start();
        int count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _waited.Stop();
        _bytes += count;
        if (_waited.Elapsed < options.Timeout || count == 0)
            return count;
        double rate = _bytes / _waited.Elapsed.TotalSeconds;
        if (rate < options.LeastRate)
        {
            string reason = $"the hub sends {rate:0} bytes a second, less than {options.LeastRate}";
            throw new HubFailure(reason, isTransient: true) { IsSlow = true };
        }
        _bytes = 0;
        _waited.Reset();
        return count;
    }
}
