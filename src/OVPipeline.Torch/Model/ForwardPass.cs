using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// What <see cref="Transformer.Run"/> gave. Holds only what was asked for; disposing of it frees the tensors.
/// </summary>
public sealed class ForwardPass : IDisposable
{
    internal ForwardPass(Tensor embedded, Tensor residual)
    {
        Embedded = embedded;
        Residual = residual;
    }

    /// <summary>
    /// The residual stream before the first layer, [B, T, d_model]: token embeddings, with standard positions added to them and after a
    /// norm where one follows.
    /// </summary>
    public Tensor Embedded { get; }

    /// <summary>The final residual stream, [B, T, d_model], after the final layer norm where there is one.</summary>
    public Tensor Residual { get; }

    /// <summary>Logits, [B, T, V_out].</summary>
    /// <exception cref="InvalidOperationException">They were not asked for.</exception>
    public Tensor Logits => LogitsIfAsked ?? throw NotAsked(ForwardParts.Logits);

    /// <summary>Loss of each token in nats: [B, T - 1] for the tokens after the first, or [B, T] for the targets given.</summary>
    /// <exception cref="InvalidOperationException">They were not asked for.</exception>
    public Tensor Losses => LossesIfAsked ?? throw NotAsked(ForwardParts.Losses);

    /// <summary>For each layer the attention patterns in use, [B, H, T, T]: a row is a query's weights over keys.</summary>
    /// <exception cref="InvalidOperationException">They were not asked for.</exception>
    public IReadOnlyList<Tensor> Patterns => PatternsIfAsked ?? throw NotAsked(ForwardParts.Patterns);

    /// <summary>
    /// For each layer what its heads write, [B, T, H, d_model], before any norm and factor of it. In an attention-only model without
    /// these they sum with <see cref="Embedded"/> and the layers' b_O to the residual stream.
    /// </summary>
    /// <exception cref="InvalidOperationException">They were not asked for.</exception>
    public IReadOnlyList<Tensor> HeadOutputs => HeadOutputsIfAsked ?? throw NotAsked(ForwardParts.HeadOutputs);

    /// <summary>
    /// The residual stream before each layer and, last, before the norm that stands before the unembedding, [B, T, d_model] each.
    /// </summary>
    /// <exception cref="InvalidOperationException">They were not asked for.</exception>
    public IReadOnlyList<Tensor> Streams => StreamsIfAsked ?? throw NotAsked(ForwardParts.Streams);

    /// <summary>
    /// For each layer what its MLP adds to the residual stream, [B, T, d_model]: after a norm of what it writes, where there is one.
    /// Empty for a model without MLPs.
    /// </summary>
    /// <exception cref="InvalidOperationException">They were not asked for.</exception>
    public IReadOnlyList<Tensor> MlpOutputs => MlpOutputsIfAsked ?? throw NotAsked(ForwardParts.MlpOutputs);

    internal IReadOnlyList<Tensor>? StreamsIfAsked { private get; init; }

    internal IReadOnlyList<Tensor>? MlpOutputsIfAsked { private get; init; }

    internal Tensor? LogitsIfAsked { private get; init; }

    internal Tensor? LossesIfAsked { private get; init; }

    internal IReadOnlyList<Tensor>? PatternsIfAsked { private get; init; }

    internal IReadOnlyList<Tensor>? HeadOutputsIfAsked { private get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tensor?[] single = [Embedded, Residual, LogitsIfAsked, LossesIfAsked];
        IReadOnlyList<Tensor>?[] lists = [PatternsIfAsked, HeadOutputsIfAsked, StreamsIfAsked, MlpOutputsIfAsked];
        foreach (var tensor in single.Concat(lists.SelectMany(list => list ?? [])))
            tensor?.Dispose();
    }

    private static InvalidOperationException NotAsked(ForwardParts part) =>
        new($"{part} were not asked for: add ForwardParts.{part} to the call of Run.");
}
