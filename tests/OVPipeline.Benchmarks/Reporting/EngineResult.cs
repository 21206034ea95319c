namespace OVPipeline.Benchmarks;

/// <summary>A circuit, scored by our engine on the processor and by our engine on a Torch device.</summary>
/// <param name="Circuit">Which circuit.</param>
/// <param name="Vocabulary">V.</param>
/// <param name="Rank">r.</param>
/// <param name="RecheckedRows">Rows of V that the device's single precision could not decide.</param>
/// <param name="RedoneRows">Those of them that were left to the processor.</param>
/// <param name="RowsThatDiffer">Rows whose rank differs; none should.</param>
/// <param name="Lines">Both, by what they compute.</param>
internal sealed record EngineResult(string Circuit, int Vocabulary, int Rank, int RecheckedRows, long RedoneRows, int RowsThatDiffer,
    IReadOnlyList<EngineLine> Lines);
