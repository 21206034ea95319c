using System.Globalization;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Rotary positions, by Hugging Face's fields and those of the families' own first files.</summary>
internal static class RotaryFields
{
    private const string OriginalContext = "original_max_position_embeddings";
    private static readonly string[] s_bases = ["rope_theta", "rotary_emb_base", "rotary_base"];
    private static readonly string[] s_shares = ["rotary_pct", "partial_rotary_factor", "rope_pct"];
    private static readonly string[] s_containers = ["rope_parameters", "rope_scaling"];
    private static readonly string[] s_notRun = ["short_mscale", "long_mscale", "beta", "llama_4_scaling_beta"];

    /// <summary>They; null, and a reason not to run, where they are not those that run.</summary>
    /// <param name="reader">The configuration.</param>
    /// <param name="config">Sizes and kind.</param>
    /// <param name="kind">The family's own.</param>
    public static RotaryConfig? Of(ForwardReader reader, TransformerConfig config, RotaryKind kind)
    {
        var file = reader.File;
        var container = s_containers.Select(name => file?.Part(name)).FirstOrDefault(part => part is not null);
        // Since transformers 5 a family with two kinds of layers has an object for each.
        var global = container?.Part("full_attention") ?? container;
        var local = container?.Part("sliding_attention");
        double share = s_shares.Select(field => global?.Positive(field) ?? file?.Positive(field)).FirstOrDefault(part => part is not null)
            ?? kind.Share;
        int dimensions = file?.TrySize("rotary_dim") ?? kind.Dimensions ?? (int)Math.Floor(Math.Min(1, share) * config.DHead);
        if (dimensions > config.DHead || dimensions % 2 != 0 || dimensions == 0)
        {
            reader.Refuse(string.Create(CultureInfo.InvariantCulture, $"rotary positions on {dimensions} of {config.DHead} dimensions"));
            return null;
        }
        double @base = global?.Positive("rope_theta")
            ?? s_bases.Select(field => file?.Positive(field)).FirstOrDefault(value => value is not null) ?? kind.Base;
        return new()
        {
            Dimensions = dimensions,
            Base = @base,
            AdjacentPairs = kind.AdjacentPairs,
            LocalBase = file?.Positive("rope_local_base_freq") ?? local?.Positive("rope_theta") ?? kind.LocalBase,
            Scaling = global is null ? null : Scaling(reader, config, global),
        };
    }

    private static RotaryScaling? Scaling(ForwardReader reader, TransformerConfig config, ModelConfigFile fields)
    {
        string? name = fields.Text("rope_type") ?? fields.Text("type");
        foreach (string field in s_notRun)
            if (fields.Field(field) is { ValueKind: JsonValueKind.Number })
                reader.Refuse($"{field} of rotary positions");
        // Positions of text are the same in each part of the last; the one before last changes frequencies beyond the context alone.
        if (name is null or "default" or "dynamic" or "mrope")
            return null;
        RotaryScalingKind? kind = name switch
        {
            "linear" => RotaryScalingKind.Linear,
            "llama3" => RotaryScalingKind.Llama3,
            "yarn" => RotaryScalingKind.Yarn,
            "longrope" or "su" => RotaryScalingKind.LongRope,
            _ => null,
        };
        if (kind is null || (kind == RotaryScalingKind.Yarn && fields.Flag("truncate") == false))
        {
            reader.Refuse(kind is null ? $"rotary frequencies scaled by {name}" : "rotary frequencies by yarn that is not truncated");
            return null;
        }
        int original = fields.TrySize(OriginalContext) ?? reader.File!.TrySize(OriginalContext) ?? (kind == RotaryScalingKind.LongRope
            ? throw new CheckpointException(fields.Path, OriginalContext, "is missing.")
            : config.Context);
        // LongRoPE's is the ratio of the contexts, whatever a field of the name says.
        double factor = kind == RotaryScalingKind.LongRope
            ? Math.Max(1, (double)config.Context / original)
            : fields.Positive("factor") ?? throw new CheckpointException(fields.Path, "factor", "is missing.");
        return new()
        {
            Kind = kind.Value,
            Factor = factor,
            OriginalContext = original,
            LowFrequencyFactor = fields.Positive("low_freq_factor") ?? 1,
            HighFrequencyFactor = fields.Positive("high_freq_factor") ?? 4,
            BetaFast = fields.Positive("beta_fast") ?? 32,
            BetaSlow = fields.Positive("beta_slow") ?? 1,
            AttentionFactor = fields.Positive("attention_factor") ?? Sharpening(fields, factor),
            ShortFactors = kind == RotaryScalingKind.LongRope ? Factors(fields, "short_factor") : [],
            LongFactors = kind == RotaryScalingKind.LongRope ? Factors(fields, "long_factor") : [],
        };
    }

    // Of DeepSeek's YaRN, where a file has both (transformers, modeling_rope_utils.py).
    private static double? Sharpening(ModelConfigFile fields, double factor)
    {
        return fields.Positive("mscale") is { } scale && fields.Positive("mscale_all_dim") is { } all ? Of(scale) / Of(all) : null;

        double Of(double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;
    }

    private static ValueList<double> Factors(ModelConfigFile fields, string name) =>
        fields.Field(name) is { ValueKind: JsonValueKind.Array } array
            && array.EnumerateArray().All(value => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double f) && f > 0)
            ? new(array.EnumerateArray().Select(value => value.GetDouble()))
            : throw new CheckpointException(fields.Path, name, "must be a list of numbers above 0.");
}
