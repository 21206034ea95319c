using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What stands for a token where a layer reads it: <c>E[residual before the layer | token]</c>, [V, d_model], over text.</summary>
/// <param name="Residual">A row per token; zero for tokens that the text lacks.</param>
/// <param name="Counts">How many positions each row is the mean of.</param>
/// <param name="Layer">The layer that reads it.</param>
/// <param name="Source">What text, in words.</param>
public sealed record EffectiveEmbedding(Matrix Residual, IReadOnlyList<long> Counts, int Layer, string Source);
