using System.Diagnostics;

namespace OVPipeline.Benchmarks;

/// <summary>
/// Measures contestants in turn, round after round, in an order that moves by one each time: what else the machine does meets all of
/// them alike. The peak of the machine's multiply-add units is measured before each of them.
/// </summary>
internal static class Interleaving
{
    private const int WarmUpRows = 512;

    // OpenMP's threads spin for a while after their work; they should not spin into the next contestant's.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs all contestants <paramref name="rounds"/> times, after a short run of each that is not counted.</summary>
    public static (IReadOnlyList<Measurement> Measurements, Spread PeakGigaflops) Run(IReadOnlyList<Contestant> contestants, int rounds,
        CancellationToken cancellationToken)
    {
        foreach (var contestant in contestants)
        {
            contestant.Prepare();
            contestant.Run(Math.Min(WarmUpRows, contestant.Rows));
        }
        var seconds = contestants.Select(_ => new List<double>()).ToArray();
        var megabytes = new double?[contestants.Count];
        var peaks = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < contestants.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int index = (i + round) % contestants.Count;
                contestants[index].Prepare();
                Thread.Sleep(Pause);
                peaks.Add(FmaPeak.MeasureGigaflops());
                var (time, peak) = Measure(() => contestants[index].Run(contestants[index].Rows));
                seconds[index].Add(time);
                megabytes[index] = peak is null ? null : Math.Max(peak.Value, megabytes[index] ?? 0);
            }
        }
        return ([.. seconds.Zip(megabytes, (times, peak) => new Measurement(Spread.Of(times), peak))], Spread.Of(peaks));
    }

    /// <summary>Time and peak memory of one run.</summary>
    public static (double Seconds, double? PeakMegabytes) Measure(Action run)
    {
        var memory = ProcessMemory.Start();
        long start = Stopwatch.GetTimestamp();
        run();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (seconds, memory.PeakMegabytes());
    }
}
