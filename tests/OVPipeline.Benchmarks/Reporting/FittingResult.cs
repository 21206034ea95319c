namespace OVPipeline.Benchmarks;

/// <summary>A synthetic model and all ways of fitting it.</summary>
/// <param name="Vocabulary">V.</param>
/// <param name="Width">d_model.</param>
/// <param name="Rank">r.</param>
/// <param name="Noise">Its difficulty (<see cref="SyntheticModel"/>).</param>
/// <param name="Seed">Seed of its data.</param>
/// <param name="Target">The accuracy that times are taken to.</param>
/// <param name="Lines">The ways.</param>
internal sealed record FittingResult(int Vocabulary, int Width, int Rank, double Noise, int Seed, double Target,
    IReadOnlyList<FittingLine> Lines);
