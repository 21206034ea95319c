namespace OVPipeline.Checkpoints;

/// <summary>At what scales a model's norms are held in its circuits.</summary>
public enum NormScaleSource
{
    /// <summary>They are not: logits of circuits are not at the model's scale where norms stand between. Ranks do not care.</summary>
    None,

    /// <summary>At those of the lone embedding, which weights alone decide (<see cref="Core.NormScales.OfLoneEmbedding"/>).</summary>
    LoneEmbedding,
}
