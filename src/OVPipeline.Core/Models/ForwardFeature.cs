namespace OVPipeline.Core;

/// <summary>
/// What a forward pass of a model has to do beside attention over earlier positions, softmax of scaled scores, a norm before it and one
/// before the unembedding. The remarks say what <see cref="ForwardNeed.Value"/> and <see cref="ForwardNeed.Kind"/> are of each.
/// </summary>
public enum ForwardFeature
{
    /// <summary>MLPs of two matrices. Kind: the activation's name in the configuration.</summary>
    Mlp,

    /// <summary>MLPs of three matrices, of which one gates. Kind: the activation's name.</summary>
    GatedMlp,

    /// <summary>Mixtures of experts in place of MLPs. Value: the number of experts.</summary>
    Experts,

    /// <summary>Attention and MLP read the same residual stream, and are added together.</summary>
    ParallelMlp,

    /// <summary>Rotary positions. Value: how many of a head's dimensions they turn.</summary>
    RotaryPositions,

    /// <summary>Their base. Value: it.</summary>
    RotaryBase,

    /// <summary>They turn neighbouring dimensions (0 and 1, 2 and 3), not one of each half.</summary>
    RotaryAdjacentPairs,

    /// <summary>Their frequencies are scaled for long contexts. Kind: how, as the configuration calls it.</summary>
    RotaryScaling,

    /// <summary>Layers without positions among layers with rotary ones.</summary>
    LayersWithoutPositions,

    /// <summary>Scores minus a head's slope times the distance (ALiBi).</summary>
    Alibi,

    /// <summary>Scores plus a learned number for each range of distances.</summary>
    RelativePositions,

    /// <summary>Positions of sines and cosines added to the embedding, in no weight.</summary>
    SinusoidalPositions,

    /// <summary>Several query heads share a head of keys and values. Value: heads of keys and values.</summary>
    GroupedQueries,

    /// <summary>Attention to the nearest positions only. Value: how many, the position itself included.</summary>
    SlidingWindow,

    /// <summary>Norms of queries and keys.</summary>
    QueryKeyNorm,

    /// <summary>A norm after the embedding.</summary>
    EmbeddingNorm,

    /// <summary>Norms of what attention and MLP write.</summary>
    NormAfterAttention,

    /// <summary>The residual stream itself passes the norms.</summary>
    ResidualThroughNorm,

    /// <summary>Scores are multiplied by something else than the attention scale says. Value: the factor.</summary>
    ScoreFactor,

    /// <summary>Scores pass a soft cap. Value: the cap.</summary>
    ScoreCap,

    /// <summary>Logits are multiplied or divided. Value: the number in the configuration.</summary>
    LogitFactor,

    /// <summary>Logits pass a soft cap. Value: the cap.</summary>
    LogitCap,

    /// <summary>The embedding is multiplied. Value: the number in the configuration.</summary>
    EmbeddingFactor,

    /// <summary>What layers write is multiplied. Value: the number in the configuration.</summary>
    ResidualFactor,

    /// <summary>Queries, keys and values are clipped. Value: the limit.</summary>
    ClippedProjections,

    /// <summary>A learned score of nothing in each softmax.</summary>
    AttentionSinks,

    /// <summary>Attention to another sequence.</summary>
    CrossAttention,

    /// <summary>Rotary positions have another base on layers whose attention has a window. Value: it.</summary>
    RotaryLocalBase,

    /// <summary>Something else that no kind here stands for. Kind: what the configuration says.</summary>
    Other,
}
