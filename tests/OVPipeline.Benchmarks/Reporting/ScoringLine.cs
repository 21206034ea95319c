namespace OVPipeline.Benchmarks;

/// <summary>One way to score a circuit.</summary>
/// <param name="Name">What was run.</param>
/// <param name="Rows">Rows it was run over.</param>
/// <param name="Seconds">Time for all V rows, in proportion where fewer were run.</param>
/// <param name="Gigaflops">2 V^2 r operations over the median time: effective, as not every way computes every logit.</param>
/// <param name="ShareOfPeak">That, over the measured peak of the multiply-add units.</param>
/// <param name="PeakMegabytes">Memory beyond the inputs.</param>
/// <param name="TimesOurs">Its median time over the median of ours with the same output; null for ours.</param>
/// <param name="Top1">Share of its rows that it ranks first.</param>
/// <param name="Top5">Share of its rows that it ranks among the first five.</param>
/// <param name="RowsThatDiffer">Rows by which its two counts differ at most from ours over the same rows; null for ours.</param>
internal sealed record ScoringLine(string Name, int Rows, Spread Seconds, double Gigaflops, double ShareOfPeak, double? PeakMegabytes,
    double? TimesOurs, double Top1, double Top5, long? RowsThatDiffer);
