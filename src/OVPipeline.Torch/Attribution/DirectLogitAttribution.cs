using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What the parts of a model add to one logit at each position. Disposing of it frees the tensors.</summary>
public sealed class DirectLogitAttribution : IDisposable
{
    internal DirectLogitAttribution(Tensor heads, Tensor mlps, Tensor embedding, Tensor constants, Tensor logits)
    {
        Heads = heads;
        Mlps = mlps;
        Embedding = embedding;
        Constants = constants;
        Logits = logits;
    }

    /// <summary>Of each head, [B, T, layers, H].</summary>
    public Tensor Heads { get; }

    /// <summary>Of each layer's MLP, its biases too, [B, T, layers]; [B, T, 0] where there are none.</summary>
    public Tensor Mlps { get; }

    /// <summary>Of the embedding, with standard positions, [B, T].</summary>
    public Tensor Embedding { get; }

    /// <summary>Of biases of attention, of the norms and of the unembedding, [B, T].</summary>
    public Tensor Constants { get; }

    /// <summary>All of them together, [B, T]: the logit, before a soft cap.</summary>
    public Tensor Logits { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { Heads, Mlps, Embedding, Constants, Logits })
            tensor.Dispose();
    }
}
