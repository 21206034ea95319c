namespace OVPipeline.Benchmarks;

/// <summary>What ML.NET adds to the cost of scoring a circuit.</summary>
/// <param name="Circuit">Which circuit.</param>
/// <param name="Vocabulary">V.</param>
/// <param name="Rank">r.</param>
/// <param name="Lines">What was run.</param>
internal sealed record PipelineResult(string Circuit, int Vocabulary, int Rank, IReadOnlyList<PipelineLine> Lines);
