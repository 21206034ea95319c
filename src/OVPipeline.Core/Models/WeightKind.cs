namespace OVPipeline.Core;

/// <summary>
/// The weights of a transformer, by the field's names. Row vectors multiply from the left: <c>residual W_V W_O</c>. V_out, the outputs, is
/// V, the tokens, unless a model says otherwise (<see cref="TransformerConfig.OutputVocabulary"/>).
/// </summary>
public enum WeightKind
{
    /// <summary>Token embedding, [V, d_model].</summary>
    W_E,
    /// <summary>Positional embedding, [n_ctx, d_model].</summary>
    W_pos,
    /// <summary>Unembedding, [d_model, V_out].</summary>
    W_U,
    /// <summary>Unembedding bias, [1, V_out].</summary>
    b_U,
    /// <summary>A head's query weights, [d_model, d_head].</summary>
    W_Q,
    /// <summary>A head's key weights, [d_model, d_head].</summary>
    W_K,
    /// <summary>A head's value weights, [d_model, d_value]; d_value is d_head unless a model says otherwise.</summary>
    W_V,
    /// <summary>A head's output weights, [d_value, d_model].</summary>
    W_O,
    /// <summary>A head's query bias, [1, d_head].</summary>
    b_Q,
    /// <summary>A head's key bias, [1, d_head].</summary>
    b_K,
    /// <summary>A head's value bias, [1, d_value].</summary>
    b_V,
    /// <summary>A layer's attention output bias, [1, d_model].</summary>
    b_O,
    /// <summary>Gain of the normalization before a layer's attention, [1, d_model].</summary>
    ln1_w,
    /// <summary>Bias of the normalization before a layer's attention, [1, d_model].</summary>
    ln1_b,
    /// <summary>Gain of the normalization before the unembedding, [1, d_model].</summary>
    ln_final_w,
    /// <summary>Bias of the normalization before the unembedding, [1, d_model].</summary>
    ln_final_b,
    /// <summary>Weights into a layer's MLP, [d_model, d_mlp].</summary>
    W_in,
    /// <summary>Weights to what gates a layer's MLP, [d_model, d_mlp]; only gated MLPs have them.</summary>
    W_gate,
    /// <summary>Weights out of a layer's MLP, [d_mlp, d_model].</summary>
    W_out,
    /// <summary>Bias into a layer's MLP, [1, d_mlp].</summary>
    b_in,
    /// <summary>Bias of what gates a layer's MLP, [1, d_mlp].</summary>
    b_gate,
    /// <summary>Bias out of a layer's MLP, [1, d_model].</summary>
    b_out,
    /// <summary>Gain of the normalization before a layer's MLP, [1, d_model].</summary>
    ln2_w,
    /// <summary>Bias of the normalization before a layer's MLP, [1, d_model].</summary>
    ln2_b,
    /// <summary>Gain of the normalization within a layer's MLP (solu_ln), [1, d_mlp].</summary>
    ln_mlp_w,
    /// <summary>Bias of the normalization within a layer's MLP, [1, d_mlp].</summary>
    ln_mlp_b,
    /// <summary>
    /// Gain of the normalization after a layer's attention, [1, d_model]: of what attention writes or, with
    /// <see cref="TransformerConfig.PostNorm"/>, of the stream that it was added to.
    /// </summary>
    ln1_post_w,
    /// <summary>Bias of the normalization after a layer's attention, [1, d_model].</summary>
    ln1_post_b,
    /// <summary>
    /// Gain of the normalization after a layer's MLP, [1, d_model], as <see cref="ln1_post_w"/>. With
    /// <see cref="TransformerConfig.PostNorm"/> and without <see cref="W_head"/> that of the last layer is <see cref="ln_final_w"/> itself:
    /// the stream passes it once, before the unembedding, which may hold its gain.
    /// </summary>
    ln2_post_w,
    /// <summary>Bias of the normalization after a layer's MLP, [1, d_model].</summary>
    ln2_post_b,
    /// <summary>Gain of the normalization after the embedding, [1, d_model].</summary>
    ln_embed_w,
    /// <summary>Bias of the normalization after the embedding, [1, d_model].</summary>
    ln_embed_b,
    /// <summary>What is added to every token's embedding beside its position, [1, d_model]: BERT's embedding of token type 0.</summary>
    b_E,
    /// <summary>Gain of the normalization of a head's query, [1, d_head].</summary>
    q_norm_w,
    /// <summary>Bias of the normalization of a head's query, [1, d_head].</summary>
    q_norm_b,
    /// <summary>Gain of the normalization of a head's key, [1, d_head].</summary>
    k_norm_w,
    /// <summary>Bias of the normalization of a head's key, [1, d_head].</summary>
    k_norm_b,
    /// <summary>Weights of a dense layer between the last block and the final normalization, [d_model, d_model] (BERT's head).</summary>
    W_head,
    /// <summary>Its bias, [1, d_model].</summary>
    b_head,
}
