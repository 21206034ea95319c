using System.Diagnostics;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Samples how far the process's resident memory rises above where it was, every few milliseconds.</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _sampler;
    private readonly long _start;
    private long _peak;

    public PeakMemory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        _start = Resident();
        _sampler = new Thread(() =>
        {
            while (!_stop.Token.WaitHandle.WaitOne(5))
                _peak = Math.Max(_peak, Resident());
        });
        _sampler.Start();
    }

    /// <summary>The highest rise seen, in bytes.</summary>
    public long Stop()
    {
        _stop.Cancel();
        _sampler.Join();
        return Math.Max(_peak, Resident()) - _start;
    }

    public void Dispose() => _stop.Dispose();

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
