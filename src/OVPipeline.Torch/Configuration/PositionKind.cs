namespace OVPipeline.Torch;

/// <summary>Where an attention-only transformer adds its positional embedding W_pos.</summary>
public enum PositionKind
{
    /// <summary>To the inputs of Q and K only, after any layer norm (Press et al. 2021): OV circuits are free of positions.</summary>
    Shortformer,
    /// <summary>To the token embedding, once.</summary>
    Standard,
}
