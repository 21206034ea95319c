using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// Effective embeddings W_EE: what stands where a token stands after the first layer, its MLP too, when the token attends to itself alone
/// and no position is added (Wang et al. 2022; McDougall et al. 2023, of GPT-2 small). Heads of later layers are read through it; those
/// of the layers that the token went through never read it, and figures of theirs through it describe nothing that the model does.
/// </summary>
public static class EffectiveEmbeddings
{
    private const int TokensAtATime = 4096;

    /// <summary>The effective embedding of every token, [V, d_model]: as many sequences of one token through the first layers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layers">Layers that the tokens go through; 1 is the published one.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <exception cref="ArgumentOutOfRangeException">The model has not so many layers, or none is asked for.</exception>
    public static Matrix Of(Transformer model, int layers = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var config = model.Config;
        if (layers < 1 || layers > config.Layers)
            throw new ArgumentOutOfRangeException(
                nameof(layers), $"{config.Name} has {config.Layers} layers; an embedding after {layers} was asked for.");
        using var gradients = no_grad();
        var rows = new float[(long)config.Vocabulary * config.DModel];
        for (int first = 0; first < config.Vocabulary; first += TokensAtATime)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int count = Math.Min(TokensAtATime, config.Vocabulary - first);
            long[] ids = [.. Enumerable.Range(first, count).Select(id => (long)id)];
            var tokens = tensor(ids, [count, 1L]);
            var values = ModuleWeights.Values(model.After(layers, model.Embed(tokens)));
            values.CopyTo(rows, (long)first * config.DModel);
        }
        return new(config.Vocabulary, config.DModel, rows);
    }

    /// <summary>A model whose circuits read effective embeddings, with norms held as they were, at scales of these.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layers">Layers that the tokens go through.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <exception cref="CheckpointException">The model has no forward pass here; the message says why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has not so many layers.</exception>
    /// <exception cref="TorchUnavailableException">libtorch cannot be loaded.</exception>
    public static TransformerCheckpoint In(TransformerCheckpoint model, int layers = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var module = Transformer.FromWeights(model.Weights.Model);
        string after = layers == 1 ? "the first layer" : string.Create(CultureInfo.InvariantCulture, $"the first {layers} layers");
        string before = layers == 1 ? "layer 0" : string.Create(CultureInfo.InvariantCulture, $"layers 0 to {layers - 1}");
        string what = $"the effective embedding after {after}, of a token that attends to itself alone; heads of {before} do not read it";
        var weights = model.Weights.WithEmbedding(Of(module, layers, cancellationToken), what);
        return model.WithWeights(model.Weights.NormScales is null
            ? weights
            : weights.WithNormScales(NormScales.OfLoneEmbedding(weights, cancellationToken)));
    }
}
