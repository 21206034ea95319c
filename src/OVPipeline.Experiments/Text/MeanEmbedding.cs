using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// What stands for a token where a layer reads it, on average over text: <c>E[residual before the layer | token]</c>. A circuit reads it in
/// the place of <c>W_E</c>. The effective embedding of the literature, of a lone token and without text, is another thing: see
/// <see cref="Torch.EffectiveEmbeddings"/>.
/// </summary>
/// <param name="Residual">[V, d_model], a row per token; zero for tokens that the text lacks.</param>
/// <param name="Counts">How many positions each row is the mean of.</param>
/// <param name="Layer">The layer that reads it, 0-based.</param>
/// <param name="Source">What text, in words.</param>
public sealed record MeanEmbedding(Matrix Residual, IReadOnlyList<long> Counts, int Layer, string Source);
