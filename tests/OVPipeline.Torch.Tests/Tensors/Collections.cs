using System.Diagnostics;

namespace OVPipeline.Torch.Tests;

/// <summary>
/// Runs code while garbage is collected and finalized as often as can be: what nothing holds while libtorch reads it is then gone.
/// </summary>
internal static class Collections
{
    public static void During(TimeSpan time, Action action)
    {
        bool done = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < time)
                action();
        }
        finally
        {
            Volatile.Write(ref done, true);
            collector.Join();
        }
    }
}
