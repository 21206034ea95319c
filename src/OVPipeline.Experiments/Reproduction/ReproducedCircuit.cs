using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// A circuit of the model, or a trained one, on every token: as it is, without its mean row, and from mean embeddings.
/// </summary>
/// <param name="Row">How it copies.</param>
/// <param name="WithoutMeanRow">
/// The same with the mean of its rows taken away (<see cref="TokenCircuitExtensions.WithoutMeanRow"/>).
/// </param>
/// <param name="FromMeanEmbedding">
/// The same read from mean embeddings; null where there are none, and for the direct path of a model with norms, which reads none.
/// </param>
/// <param name="Comparable">
/// Whether the trained copiers could have been it, were its rank no higher: whether it goes through the same embeddings. Where norms are
/// held, heads of layers other than <see cref="TransformerWeights.ReadingLayer"/> and the direct path do not.
/// </param>
public sealed record ReproducedCircuit(CopyingRow Row, CopyingRow WithoutMeanRow, CopyingRow? FromMeanEmbedding, bool Comparable);
