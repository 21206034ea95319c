namespace OVPipeline.Benchmarks;

/// <summary>What a contestant took.</summary>
/// <param name="Seconds">Time of a run.</param>
/// <param name="PeakMegabytes">The largest resident memory of any run above what was resident before it, in 10^6 bytes; null where the
/// system does not tell.</param>
internal sealed record Measurement(Spread Seconds, double? PeakMegabytes);
