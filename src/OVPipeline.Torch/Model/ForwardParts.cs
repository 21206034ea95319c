namespace OVPipeline.Torch;

/// <summary>What a forward pass is asked for.</summary>
[Flags]
public enum ForwardParts
{
    /// <summary>The final residual stream, [B, T, d_model]; always there.</summary>
    Residual = 0,
    /// <summary>Logits, [B, T, V_out].</summary>
    Logits = 1,
    /// <summary>Loss of each token in nats, [B, T - 1], or [B, T] where targets are given.</summary>
    Losses = 2,
    /// <summary>Attention patterns of each layer, [B, H, T, T].</summary>
    Patterns = 4,
    /// <summary>What each head writes to the residual stream, for each layer [B, T, H, d_model].</summary>
    HeadOutputs = 8,
    /// <summary>The residual stream before each layer and after the last, [B, T, d_model] each.</summary>
    Streams = 16,
    /// <summary>What each layer's MLP adds to the residual stream, [B, T, d_model]; none where there are no MLPs.</summary>
    MlpOutputs = 32,
}
