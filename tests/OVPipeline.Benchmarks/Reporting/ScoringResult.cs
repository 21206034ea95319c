namespace OVPipeline.Benchmarks;

/// <summary>A circuit and all ways of scoring it.</summary>
/// <param name="Circuit">Which circuit.</param>
/// <param name="Vocabulary">V.</param>
/// <param name="Rank">r.</param>
/// <param name="PeakGigaflops">The measured peak of the multiply-add units.</param>
/// <param name="RecheckedRows">Rows of V that ours decided beyond single precision.</param>
/// <param name="CertificationCost">
/// What certified ranks take more than an uncertified count, every tile multiplied: a share of the latter.
/// </param>
/// <param name="UncertifiedDiffers">Rows by which the uncertified count of those ranked first differs.</param>
/// <param name="Lines">The ways.</param>
internal sealed record ScoringResult(string Circuit, int Vocabulary, int Rank, Spread PeakGigaflops, int RecheckedRows,
    double CertificationCost, int UncertifiedDiffers, IReadOnlyList<ScoringLine> Lines);
