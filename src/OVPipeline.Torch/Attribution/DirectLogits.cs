using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// Direct logit attribution: what each head, each MLP and the embedding add to a logit, through the norm before the unembedding at the
/// scale that it has on the tokens at hand. The parts sum to the logit (before a soft cap).
/// </summary>
public static class DirectLogits
{
    /// <summary>Runs a model and splits one logit at each position.</summary>
    /// <param name="model">A model whose stream itself passes no norm.</param>
    /// <param name="tokens">Token ids, [B, T], Int64.</param>
    /// <param name="outputs">Whose logit, at each position: outputs, [B, T], Int64.</param>
    /// <param name="interventions">What to change of heads; null for the model as it is.</param>
    /// <returns>Tensors that the caller disposes of.</returns>
    /// <exception cref="ArgumentException">Tokens or outputs do not fit.</exception>
    /// <exception cref="InvalidOperationException">The stream itself passes norms, or a head stands before the unembedding.</exception>
    public static DirectLogitAttribution Over(
        Transformer model, Tensor tokens, Tensor outputs, HeadInterventions? interventions = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(outputs);
        var config = model.Config;
        if (config.PostNorm || model.Shape.Has(WeightKind.W_head))
            throw new InvalidOperationException(
                $"{config.Name}: the residual stream itself passes norms, so that no part of it adds to logits.");
        if (!outputs.shape.SequenceEqual(tokens.shape))
            throw new ArgumentException(
                $"outputs must be of tokens' shape [{string.Join(", ", tokens.shape)}], were [{string.Join(", ", outputs.shape)}].",
                nameof(outputs));
        using var scope = CallScope.Holding(model, tokens, outputs, interventions);
        using var gradients = no_grad();
        var parts = ForwardParts.HeadOutputs | ForwardParts.MlpOutputs | ForwardParts.Streams;
        using var pass = model.Run(tokens, parts, interventions);
        var final = model.FinalNorm;
        var scale = model.InverseSigma(pass.Streams[^1]).Times(model.Shape.Forward.LogitFactor); // [B, T, 1]
        // The direction of the stream that adds to the logit, [B, T, d_model].
        var unembedding = model.Weight("unembed.W_U").index_select(1, outputs.flatten()).t().view(pass.Residual.shape);
        var direction = final?.Folded(unembedding) ?? unembedding;
        var constants = zeros(tokens.shape, device: tokens.device);
        List<Tensor> heads = [];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            var (written, constant) = Added(model, layer, pass.HeadOutputs[layer]);
            heads.Add((written * (direction * scale).unsqueeze(2)).sum(-1));
            if (constant is not null)
                constants = constants.Plus(Along(constant));
        }
        var bias = final?.Bias is { } shift ? (unembedding * shift).sum(-1).Times(model.Shape.Forward.LogitFactor) : null;
        if (bias is not null)
            constants = constants.Plus(bias);
        if (model.Shape.Has(WeightKind.b_U))
            constants = constants.Plus(model.Weight("unembed.b_U").index_select(0, outputs.flatten()).view(tokens.shape)
                .Times(model.Shape.Forward.LogitFactor));
        var mlps = pass.MlpOutputs.Count == 0
            ? zeros([tokens.shape[0], tokens.shape[1], 0], device: tokens.device)
            : stack(pass.MlpOutputs.Select(Along), 2);
        var split = stack(heads, 2);
        var embedding = Along(pass.Embedded);
        var logits = split.sum([2L, 3L]).Plus(mlps.sum(2)).Plus(embedding).Plus(constants);
        return new(split.MoveToOuterDisposeScope(), mlps.MoveToOuterDisposeScope(), embedding.MoveToOuterDisposeScope(),
            constants.MoveToOuterDisposeScope(), logits.MoveToOuterDisposeScope());

        // [B, T] of parts of the stream [B, T, d_model].
        Tensor Along(Tensor part) => (part * direction).sum(-1) * scale.squeeze(-1);
    }

    // What heads add to the stream, [B, T, H, d_model], and what is no head's, [B, T, d_model]: through a norm after attention at its
    // scale.
    private static (Tensor Heads, Tensor? Constant) Added(Transformer model, int layer, Tensor heads)
    {
        var norm = model.Blocks[layer].AfterAttention;
        double factor = model.Shape.Forward.ResidualFactor;
        var constant = model.Shape.Has(WeightKind.b_O)
            ? model.Weight(WeightNames.Of(WeightKind.b_O, layer)).expand(heads.shape[0], heads.shape[1], heads.shape[3])
            : null;
        if (norm is null)
            return (heads.Times(factor), constant?.Times(factor));
        var written = constant is null ? heads.sum(2) : heads.sum(2).Plus(constant);
        var scale = norm.InverseSigma(written);
        var shared = constant is null ? zeros_like(written) : norm.Share(constant, scale);
        if (norm.Bias is { } bias)
            shared = shared.Plus(bias);
        return (norm.Share(heads, scale.unsqueeze(2)).Times(factor), shared.Times(factor));
    }
}
