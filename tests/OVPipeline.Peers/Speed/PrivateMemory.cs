using System.Globalization;

namespace OVPipeline.Peers;

/// <summary>Samples what of the memory is the process's own (RssAnon), and all that is resident (VmRSS), on Linux.</summary>
internal sealed class PrivateMemory : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _sampler;
    private (long Own, long Whole) _peak;

    public PrivateMemory()
    {
        _sampler = new Thread(() =>
        {
            do
                Sample();
            while (!_stop.Token.WaitHandle.WaitOne(20));
        });
        _sampler.Start();
    }

    /// <summary>The highest that was seen, in bytes.</summary>
    public (long Own, long Whole) Stop()
    {
        _stop.Cancel();
        if (_sampler.IsAlive)
            _sampler.Join();
        Sample();
        return _peak;
    }

    public void Dispose()
    {
        Stop();
        _stop.Dispose();
    }

    private void Sample()
    {
        string[] lines = File.ReadAllLines("/proc/self/status");
        _peak = (Math.Max(_peak.Own, Of(lines, "RssAnon:")), Math.Max(_peak.Whole, Of(lines, "VmRSS:")));
    }

    private static long Of(string[] lines, string field)
    {
        string line = lines.First(text => text.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) << 10;
    }
}
