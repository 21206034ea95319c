namespace OVPipeline.Benchmarks;

/// <summary>The cost at one size.</summary>
/// <param name="Vocabulary">V.</param>
/// <param name="Rank">r.</param>
/// <param name="Seconds">Time.</param>
/// <param name="Gigaflops">Operations over the median time; null where they are not counted.</param>
internal sealed record ScalingPoint(int Vocabulary, int Rank, Spread Seconds, double? Gigaflops);
