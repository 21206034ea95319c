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
}
