namespace OVPipeline.Benchmarks;

/// <summary>A circuit and all ways of scoring it.</summary>
/// <param name="Circuit">Which circuit.</param>
/// <param name="Vocabulary">V.</param>
/// <param name="Rank">r.</param>
/// <param name="PeakGigaflops">The measured peak of the multiply-add units.</param>
/// <param name="RecheckedRows">Rows of V that ours decided beyond single precision.</param>
/// <param name="Lines">The ways.</param>
internal sealed record ScoringResult(string Circuit, int Vocabulary, int Rank, Spread PeakGigaflops, int RecheckedRows,
    IReadOnlyList<ScoringLine> Lines);
