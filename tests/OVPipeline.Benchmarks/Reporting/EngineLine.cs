namespace OVPipeline.Benchmarks;

/// <summary>One engine with one output.</summary>
/// <param name="Name">What was run.</param>
/// <param name="Seconds">Time for all V rows.</param>
/// <param name="Gigaflops">2 V^2 r operations over the median time: effective, as not every engine computes every logit.</param>
/// <param name="PeakMegabytes">Memory of the processor beyond the inputs.</param>
/// <param name="TimesProcessor">Its median time over the processor's; null for that.</param>
internal sealed record EngineLine(string Name, Spread Seconds, double Gigaflops, double? PeakMegabytes, double? TimesProcessor);
