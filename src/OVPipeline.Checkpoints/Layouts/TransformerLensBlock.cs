using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>The weights of TransformerLens' blocks that a forward pass needs beside those of attention and its norm.</summary>
internal static class TransformerLensBlock
{
    /// <summary>Where one lies; null where the model has none of the kind.</summary>
    /// <param name="parts">The checkpoint.</param>
    /// <param name="config">Its sizes, with what a forward pass needs to know.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="block">What comes before the names of the layer, with its dot.</param>
    /// <exception cref="CheckpointException">A tensor has a shape that the configuration contradicts.</exception>
    public static TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, string block)
    {
        (long d, long h) = (config.DModel, config.DHead);
        if (config.Forward is null)
            return null;
        return kind switch
        {
            WeightKind.ln1_post_w => Of("ln1_post.w", d),
            WeightKind.ln1_post_b => Of("ln1_post.b", d),
            WeightKind.q_norm_w => config.Forward.QueryKeyNorm == QueryKeyNormKind.Head ? Of("attn.q_norm.w", h) : null,
            WeightKind.k_norm_w => config.Forward.QueryKeyNorm == QueryKeyNormKind.Head ? Of("attn.k_norm.w", h) : null,
            _ when config.AttentionOnly => null,
            WeightKind.ln2_w => Of("ln2.w", d),
            WeightKind.ln2_b => Of("ln2.b", d),
            WeightKind.ln2_post_w => Of("ln2_post.w", d),
            WeightKind.ln2_post_b => Of("ln2_post.b", d),
            _ => config.Forward.Mlp is { } mlp ? OfMlp(mlp) : null,
        };

        TensorView? OfMlp(MlpConfig mlp) => kind switch
        {
            WeightKind.W_in => Of("mlp.W_in", d, mlp.Width),
            WeightKind.W_gate => mlp.Gated ? Of("mlp.W_gate", d, mlp.Width) : null,
            WeightKind.W_out => Of("mlp.W_out", mlp.Width, d),
            // Behind a gate it is zero, or the model is not run (TransformerLensForward).
            WeightKind.b_in => mlp.Gated ? null : Of("mlp.b_in", mlp.Width),
            WeightKind.b_out => Of("mlp.b_out", d),
            WeightKind.ln_mlp_w => Of("mlp.ln.w", mlp.Width),
            WeightKind.ln_mlp_b => Of("mlp.ln.b", mlp.Width),
            _ => null,
        };

        TensorView? Of(string name, params long[] shape) => parts.TryView(block + name, shape);
    }
}
