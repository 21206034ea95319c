namespace OVPipeline.Torch;

/// <summary>What stands before each attention layer and before the unembedding, by TransformerLens' names.</summary>
public enum NormalizationKind
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Layer norm with a gain and a bias.</summary>
    LN,
    /// <summary>Layer norm whose gain and bias were folded into the weights that read from it.</summary>
    LNPre,
}
