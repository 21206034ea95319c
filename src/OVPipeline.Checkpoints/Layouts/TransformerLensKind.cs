using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What kind of model a file in TransformerLens' names holds: from config.json in TransformerLens' terms or in those of Neel Nanda's models
/// (<c>normalization</c>, <c>shortformer_pos</c>), and from the tensors.
/// </summary>
internal static class TransformerLensKind
{
    private static readonly string[] s_gains = ["blocks.0.ln1.w", "ln_final.w"];
    private static readonly string[] s_fields = ["normalization", "normalization_type"];

    /// <summary>
    /// What stands before attention: what config.json says; else, of a file with gains, a layer norm or an RMS norm; else unknown, since
    /// folding takes gains away.
    /// </summary>
    /// <exception cref="CheckpointException">It is no kind that is known, or the file has gains that the kind has not.</exception>
    public static string? Normalization(CheckpointParts parts)
    {
        string? field = s_fields.FirstOrDefault(name => parts.Config?.Names(name) == true);
        if (field is null && !parts.Tensors.Contains(s_gains[0]))
            return TransformerConfig.UnknownNormalization;
        if (field is null)
            return parts.Tensors.Contains("blocks.0.ln1.b") ? "LN" : "RMS";
        string? type = parts.Config!.Text(field);
        if (type is not (null or "LN" or "LNPre" or "RMS" or "RMSPre"))
            throw new CheckpointException(parts.Config.Path, field, $"'{type}' is not LN, LNPre, RMS, RMSPre or null.");
        if (field == "normalization" && parts.Config.Names("normalization_type") && parts.Config.Text("normalization_type") != type)
            throw new CheckpointException(parts.Config.Path, field, $"is {type ?? "null"}, but normalization_type is another.");
        if (!NormalizationKinds.HasGains(type) && s_gains.FirstOrDefault(parts.Tensors.Contains) is { } gain)
            throw new CheckpointException(parts.Config.Path, field,
                $"is {type ?? "null"}, which has no gains, but {gain} is in {parts.Tensors.File}.");
        return type;
    }

    /// <summary>
    /// Whether the norm before the unembedding is an RMS norm behind layer norms: final_rms, or a last norm that alone has no bias.
    /// </summary>
    public static bool HasFinalRms(CheckpointParts parts, string? normalization)
    {
        bool unbiased = parts.Tensors.Contains("blocks.0.ln1.b") && parts.Tensors.Contains("ln_final.w")
            && !parts.Tensors.Contains("ln_final.b");
        return NormalizationKinds.Centers(normalization) && (parts.Config?.Flag("final_rms") ?? unbiased);
    }

    /// <summary>Norms after the embedding or after attention, by config.json or by their tensors, in words; null for none.</summary>
    public static string? OtherNorm(CheckpointParts parts)
    {
        bool embedding = parts.Config?.Flag("post_embedding_ln") == true || parts.Tensors.Contains("embed.ln.w");
        bool attention = parts.Config?.Flag("use_normalization_before_and_after") == true || parts.Tensors.Contains("blocks.0.ln1_post.w");
        return (embedding, attention) switch
        {
            (true, true) => "the norms after the embedding and after attention (post_embedding_ln, use_normalization_before_and_after)",
            (true, _) => "the layer norm after the embedding (post_embedding_ln)",
            (_, true) => "the norm after attention (use_normalization_before_and_after)",
            _ => null,
        };
    }

    /// <summary>Whether there are no MLPs.</summary>
    /// <exception cref="CheckpointException">config.json says so of a file that has some.</exception>
    public static bool AttentionOnly(CheckpointParts parts)
    {
        string? mlp = parts.Tensors.Tensors.Select(tensor => tensor.Name)
            .FirstOrDefault(name => name.StartsWith("blocks.0.mlp.", StringComparison.Ordinal));
        bool only = parts.Config?.Flag("attn_only") ?? mlp is null;
        return !only || mlp is null ? only
            : throw new CheckpointException(parts.Config!.Path, "attn_only", $"is true, but {mlp} is in {parts.Tensors.File}.");
    }

    /// <summary>
    /// How positions enter: what the caller said, else config.json; else buffers tell rotary ones, W_pos is taken to be added to the
    /// embedding, as TransformerLens does where nothing says otherwise, and without it they are <c>unknown</c>.
    /// </summary>
    /// <exception cref="CheckpointException">Two fields say different things.</exception>
    public static string Positions(CheckpointParts parts)
    {
        if ((parts.Positions ?? StoredPositions(parts.Config)) is { } said)
            return said;
        if (parts.Tensors.Contains("blocks.0.attn.rotary_sin"))
            return "rotary";
        return parts.Tensors.Contains("pos_embed.W_pos") ? "standard" : "unknown";
    }

    /// <summary>Whether positions are taken to be standard since nothing told them.</summary>
    public static bool AssumesPositions(CheckpointParts parts) =>
        (parts.Positions ?? StoredPositions(parts.Config)) is null && Positions(parts) == "standard";

    /// <summary>What is to be said of the positions: that nothing told them, or that the caller and config.json differ.</summary>
    public static string? PositionsNote(CheckpointParts parts)
    {
        string? stored = StoredPositions(parts.Config);
        if (parts.Positions is { } said)
            return stored is null || stored == said ? null : $"positions are {said}, as was asked for; {parts.Config!.Path} says {stored}";
        return AssumesPositions(parts)
            ? "positions are taken to be standard, W_pos added to the embedding, since nothing says how it is (--positions says otherwise)"
            : null;
    }

    private static string? StoredPositions(ModelConfigFile? file)
    {
        string? type = file?.Text("positional_embedding_type");
        if (file?.Flag("shortformer_pos") is not { } shortformer)
            return type;
        string positions = shortformer ? "shortformer" : "standard";
        return type is null || type == positions ? positions : throw new CheckpointException(file.Path, "shortformer_pos",
            $"is {(shortformer ? "true" : "false")}, but positional_embedding_type is {type}.");
    }

    /// <summary>Whether attention_dir is <c>bidirectional</c>.</summary>
    /// <exception cref="CheckpointException">It is neither that nor <c>causal</c>.</exception>
    public static bool Bidirectional(ModelConfigFile? file) => file?.Text("attention_dir") switch
    {
        null or "causal" => false,
        "bidirectional" => true,
        var other => throw new CheckpointException(file.Path, "attention_dir", $"'{other}' is not causal or bidirectional."),
    };

    /// <summary>What scores are divided by, or null for sqrt(d_head), which TransformerLens writes out.</summary>
    /// <exception cref="CheckpointException">It is no number above 0.</exception>
    public static double? AttentionScale(ModelConfigFile? file, int dHead)
    {
        if (file?.Flag("use_attn_scale") == false)
            return 1;
        if (file?.Number("attn_scale") is null or -1)
            return null;
        double scale = file.Positive("attn_scale")!.Value;
        double usual = Math.Sqrt(dHead);
        // TransformerLens writes sqrt(d_head) as a double or, from a tensor, as a single, whose unit roundoff is 6e-8.
        return Math.Abs(scale - usual) <= 1e-6 * usual ? null : scale;
    }
}
