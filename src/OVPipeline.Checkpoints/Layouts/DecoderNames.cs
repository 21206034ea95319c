namespace OVPipeline.Checkpoints;

/// <summary>
/// What a family calls its modules, and how it stores them: <c>.weight</c> and, where it has one, <c>.bias</c> follow. Names of a layer
/// come after <c>layers.N.</c>, the others after the prefix alone.
/// </summary>
internal sealed record DecoderNames
{
    /// <summary>The token embedding, [V, d_model].</summary>
    public required string Embedding { get; init; }

    /// <summary>Learned positions, [n_ctx, d_model]; null for none.</summary>
    public string? Positions { get; init; }

    /// <summary>Rows of the positions that come before the first token's.</summary>
    public int PaddingPositions { get; init; }

    /// <summary>The unembedding, [V, d_model], where it is untied; it stands beside the prefix, not after it.</summary>
    public string Unembedding { get; init; } = "lm_head";

    /// <summary>What comes before a layer's number.</summary>
    public required string Layers { get; init; }

    /// <summary>The projections to queries, keys and values.</summary>
    public required QueryKeyValue Attention { get; init; }

    /// <summary>The projection from all heads' values to the residual stream.</summary>
    public required string Output { get; init; }

    /// <summary>The norm before attention; null for one without gains, or none.</summary>
    public string? Norm { get; init; }

    /// <summary>Its MLPs; null where their names are not known.</summary>
    public MlpNames? Mlp { get; init; }

    /// <summary>The norm before the MLP; null for one without gains, for that before attention, or none.</summary>
    public string? MlpNorm { get; init; }

    /// <summary>The norm of what attention writes; null for none.</summary>
    public string? AttentionPostNorm { get; init; }

    /// <summary>The norm of what the MLP writes; null for none.</summary>
    public string? MlpPostNorm { get; init; }

    /// <summary>The norm after the embedding; null for none.</summary>
    public string? EmbeddingNorm { get; init; }

    /// <summary>The norm of queries; null for none.</summary>
    public string? QueryNorm { get; init; }

    /// <summary>The norm of keys; null for none.</summary>
    public string? KeyNorm { get; init; }

    /// <summary>The norm before the unembedding; null for one without gains, or none.</summary>
    public string? FinalNorm { get; init; }

    /// <summary>Whether projections are stored [in, out] (Conv1D), not [out, in] (Linear).</summary>
    public bool InputsFirst { get; init; }

    /// <summary>Whether projections and layer norms must have biases in the file; else one has it where it is there.</summary>
    public bool NeedsBiases { get; init; }

    /// <summary>What is added to stored gains: 1 where they are stored as their difference from it.</summary>
    public float GainShift { get; init; }
}
