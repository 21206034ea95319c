using System.Globalization;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What a forward pass needs to know of a model in TransformerLens' names: HookedTransformerConfig's fields, and its tensors.
/// </summary>
internal static class TransformerLensForward
{
    /// <summary>It.</summary>
    /// <param name="parts">The checkpoint.</param>
    /// <param name="config">Its sizes and kind.</param>
    /// <exception cref="CheckpointException">A field is missing or impossible.</exception>
    public static ForwardFacts Of(CheckpointParts parts, TransformerConfig config)
    {
        var reader = new ForwardReader(parts.Config);
        int? groups = Groups(parts);
        var forward = new ForwardConfig
        {
            Mlp = config.AttentionOnly ? null : Mlp(reader, parts, config),
            ParallelMlp = reader.Flag("parallel_attn_mlp", false),
            Rotary = config.PositionalEmbedding == "rotary" ? Rotary(reader, config) : null,
            KeyValueHeads = groups == config.Heads ? null : groups,
            Windows = Windows(reader, config),
            QueryKeyNorm = QueryKeyNorm(reader, parts, config),
            ScoreCap = reader.Above0("attn_scores_soft_cap"),
            LogitCap = reader.Above0("output_logits_soft_cap"),
        };
        FollowNorms(reader, parts, config);
        return reader.Facts(forward);
    }

    private static int? Groups(CheckpointParts parts) =>
        parts.Tensors.Find("blocks.0.attn._W_K")?.Info.Shape is [> 0 and <= int.MaxValue and var groups, _, _] ? (int)groups : null;

    private static MlpConfig? Mlp(ForwardReader reader, CheckpointParts parts, TransformerConfig config)
    {
        if (reader.Activation(["act_fn"], null) is not { } activation)
            return null;
        bool gated = reader.Flag("gated_mlp", parts.Tensors.Contains("blocks.0.mlp.W_gate"));
        int width = reader.File?.TrySize("d_mlp") ?? Stored(parts.Tensors) ?? 4 * config.DModel; // as HookedTransformerConfig has it
        if (gated && LateBias(parts.Tensors) is { } bias)
            reader.Refuse($"{bias}, which is added after the gate");
        return new(width, activation, gated);
    }

    private static int? Stored(CheckpointTensors tensors) =>
        tensors.Find("blocks.0.mlp.W_in")?.Info.Shape is [_, > 0 and <= int.MaxValue and var width] ? (int)width : null;

    // GatedMLP adds b_in to what the gate lets through, not before; with zeros, which converted models have, the two are the same.
    private static string? LateBias(CheckpointTensors tensors) => tensors.Tensors
        .Where(tensor => tensor.Name.EndsWith(".mlp.b_in", StringComparison.Ordinal))
        .Select(tensor => tensor.Name)
        .FirstOrDefault(name => tensors.Find(name) is { Unreadable: null } && tensors.Read(name).Any(value => value != 0));

    private static RotaryConfig? Rotary(ForwardReader reader, TransformerConfig config)
    {
        var file = reader.File;
        int dimensions = file?.SizeIfSet("rotary_dim") ?? config.DHead;
        if (file is null || dimensions > config.DHead || dimensions % 2 != 0)
        {
            reader.Refuse(file is null
                ? "rotary positions, of which nothing says base and dimensions"
                : string.Create(CultureInfo.InvariantCulture, $"rotary positions on {dimensions} of {config.DHead} dimensions"));
            return null;
        }
        return new()
        {
            Dimensions = dimensions,
            Base = file.Positive("rotary_base") ?? 10_000,
            AdjacentPairs = file.Flag("rotary_adjacent_pairs") ?? false,
            LocalBase = file.Positive("rotary_base_local") ?? (Scales(file) ? file.Positive("rotary_base") ?? 10_000 : null),
            Scaling = Scaling(file),
        };
    }

    // Of linear scaling alone layers with a window are without.
    private static bool Scales(ModelConfigFile file) => Scaling(file)?.Kind == RotaryScalingKind.Linear;

    private static RotaryScaling? Scaling(ModelConfigFile file)
    {
        if (file.Flag("use_NTK_by_parts_rope") == true)
        {
            return new()
            {
                Kind = RotaryScalingKind.Llama3,
                Factor = file.Positive("NTK_by_parts_factor") ?? 8,
                LowFrequencyFactor = file.Positive("NTK_by_parts_low_freq_factor") ?? 1,
                HighFrequencyFactor = file.Positive("NTK_by_parts_high_freq_factor") ?? 4,
                OriginalContext = file.TrySize("NTK_original_ctx_len") ?? 8192,
            };
        }
        if (file.Flag("use_yarn_rope") == true)
        {
            return new()
            {
                Kind = RotaryScalingKind.Yarn,
                Factor = file.Positive("yarn_factor") ?? 1,
                OriginalContext = file.TrySize("yarn_original_max_position_embeddings") ?? 4096,
                BetaFast = file.Positive("yarn_beta_fast") ?? 32,
                BetaSlow = file.Positive("yarn_beta_slow") ?? 1,
                AttentionFactor = file.Positive("yarn_attention_factor") ?? 1,
            };
        }
        double factor = file.Positive("rotary_scaling_factor") ?? 1;
        return factor == 1 ? null : new() { Kind = RotaryScalingKind.Linear, Factor = factor };
    }

    private static ValueList<int> Windows(ForwardReader reader, TransformerConfig config)
    {
        var file = reader.File;
        if (file?.Flag("use_local_attn") != true)
            return [];
        string[] kinds = file.Field("attn_types") is { ValueKind: JsonValueKind.Array } types
            ? [.. types.EnumerateArray().Select(type => JsonFile.TextOf(type))]
            : [];
        bool named = kinds.Length >= config.Layers && kinds.All(kind => kind is "\"global\"" or "\"local\"");
        if (!named || config.Bidirectional || file.SizeIfSet("window_size") is not { } width)
            return []; // the field stays among those that are not followed
        reader.Follow("use_local_attn");
        return new(kinds.Take(config.Layers).Select(kind => kind == "\"local\"" ? width : 0));
    }

    private static QueryKeyNormKind QueryKeyNorm(ForwardReader reader, CheckpointParts parts, TransformerConfig config)
    {
        const string Gain = "blocks.0.attn.q_norm.w";
        if (parts.Tensors.Find(Gain) is not { } tensor)
            return QueryKeyNormKind.None;
        bool ofHead = tensor.Info.Shape is [var width] && width == config.DHead;
        if (!(reader.File?.Flag("use_qk_norm") ?? ofHead))
        {
            reader.Refuse($"the tensor {Gain}");
            return QueryKeyNormKind.None;
        }
        reader.Follow("use_qk_norm");
        if (config.Normalization is not ("RMS" or "RMSPre"))
            reader.Refuse($"RMS norms of queries and keys beside {config.Normalization ?? "no norm"}");
        return QueryKeyNormKind.Head;
    }

    private static void FollowNorms(ForwardReader reader, CheckpointParts parts, TransformerConfig config)
    {
        // There the norm is of W_E alone, before positions are added; here of what enters the first block.
        if (parts.Tensors.Contains("embed.ln.w") && config.PositionalEmbedding is not ("standard" or "unknown"))
            reader.Follow("post_embedding_ln");
        bool after = parts.Tensors.Contains("blocks.0.ln1_post.w")
            && (config.AttentionOnly || parts.Tensors.Contains("blocks.0.ln2_post.w"));
        if (after)
            reader.Follow("use_normalization_before_and_after");
    }
}
