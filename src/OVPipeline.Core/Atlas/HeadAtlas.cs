namespace OVPipeline.Core;

/// <summary>
/// Every head of a model, as far as weights alone tell: what it copies, what it attends to, what it reads of earlier heads.
/// </summary>
public sealed record HeadAtlas
{
    /// <summary>The model's sizes and kind.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>
    /// Whether log-losses and singular values are at the model's scale (<see cref="TransformerWeights.LogitsAtModelScale"/>); ranks,
    /// shares and effective ranks stand either way. Default: true.
    /// </summary>
    public bool LogitsAtModelScale { get; init; } = true;

    /// <summary>
    /// What the figures leave out or stand for, a sentence each: processing, positions, biases, parts that the model lacks.
    /// </summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>A profile of each head, by layer.</summary>
    public required IReadOnlyList<HeadProfile> Heads { get; init; }

    /// <summary>Composition scores of every earlier with every later head; empty for one layer, or where they were not asked for.</summary>
    public IReadOnlyList<HeadComposition> Compositions { get; init; } = [];

    /// <summary>Composition scores of random heads of the same sizes; null where there are no compositions.</summary>
    public CompositionBaseline? Baseline { get; init; }

    /// <summary>The pairs of highest K-composition as token circuits, highest first.</summary>
    public IReadOnlyList<KCompositionProfile> KCompositions { get; init; } = [];

    /// <summary>The pairs of highest V-composition as virtual heads, highest first.</summary>
    public IReadOnlyList<VirtualHeadProfile> VirtualHeads { get; init; } = [];

    /// <summary>What each head makes of each token; null where it was not asked for.</summary>
    public TokenAtlas? Tokens { get; init; }
}
