using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What a GGUF file and its family tell of a model's forward pass, as llama.cpp runs it (src/models). Where the file leaves a number out,
/// it is what llama.cpp takes then.
/// </summary>
internal static class GgufForward
{
    private const double UsualRotaryBase = 10_000, UsualAlibiMaximum = 8;

    // By config.json's names, as GgufConfig has them.
    private static readonly string[] s_followed =
    [
        "sliding_window", "attn_logit_softcapping", "final_logit_softcapping", "logit_scale", "embedding_multiplier",
        "residual_multiplier", "clip_qkv", "use_qk_norm",
    ];

    /// <summary>It; null where layers hold mixtures of experts, MLPs of several widths or keys of several numbers of heads.</summary>
    public static ForwardFacts? Of(CheckpointParts parts, TransformerConfig config, GgufArchitecture family, GgufSizes sizes)
    {
        if (sizes.Number("expert_count") > 0 || !TryMlp(parts, family, sizes, out var mlp))
            return null;
        int groups = sizes.Groups(0);
        if (Enumerable.Range(1, sizes.Layers - 1).Any(layer => sizes.Groups(layer) != groups))
            return null;
        var windows = Windows(family, sizes);
        var forward = new ForwardConfig
        {
            Mlp = mlp,
            ParallelMlp = Parallel(parts, family, sizes),
            Rotary = config.PositionalEmbedding == "rotary" ? Rotary(parts, family, sizes, windows) : null,
            AlibiMaximum = sizes.Number("attention.max_alibi_bias") is { } maximum and > 0 ? maximum : UsualAlibiMaximum,
            KeyValueHeads = groups == sizes.Heads ? null : groups,
            Windows = windows,
            QueryKeyNorm = GgufBlocks.QueryKeyNorm(parts, sizes),
            TurnsBeforeNorm = family.TurnsBeforeNorm,
            ScoreCap = Above0(sizes, "attn_logit_softcapping", family.ScoreCap),
            LogitCap = Above0(sizes, "final_logit_softcapping", family.LogitCap),
            ProjectionLimit = Above0(sizes, "attention.clamp_kqv", null),
            EmbeddingFactor = Above0(sizes, "embedding_scale", null) ?? family.Factors(sizes).Embedding,
            ResidualFactor = Above0(sizes, "residual_scale", null) ?? family.Factors(sizes).Residual,
            LogitFactor = LogitFactor(family, sizes),
        };
        return new(forward, s_followed, [.. NotFollowed(parts, family, sizes)]);
    }

    /// <summary>Whether attention and MLP read the same residual stream.</summary>
    public static bool Parallel(CheckpointParts parts, GgufArchitecture family, GgufSizes sizes) =>
        family.ParallelWithoutNorm
            ? !parts.Tensors.Contains(GgufBlocks.InLayer(0, "ffn_norm.weight"))
            : sizes.Flag("use_parallel_residual") ?? family.Parallel;

    private static IEnumerable<string> NotFollowed(CheckpointParts parts, GgufArchitecture family, GgufSizes sizes)
    {
        foreach (string tensor in GgufTensors.Unknown(parts))
            yield return $"tensor {tensor}";
        foreach (string key in sizes.UnknownKeys)
            yield return key;
        if (family.PostNorm && parts.Tensors.Contains(GgufBlocks.InLayer(0, "attn_norm_2.weight")))
            yield return "a second norm after attention (attn_norm_2)";
        if (family.DividesLogits && sizes.Flag("rope.scaling.finetuned") == false)
            yield return "rope.scaling.finetuned false";
        if (sizes.Text("rope.scaling.type") is { } scaling and not ("none" or "linear" or "yarn" or "longrope"))
            yield return $"rope.scaling.type {scaling}";
        if (sizes.TrySize("attention.sliding_window") is { } window and > 0 && family.WindowPeriod is null
            && (Context(sizes) == 0 || window < Context(sizes)))
            yield return string.Create(CultureInfo.InvariantCulture, $"attention.sliding_window {window}, of layers that are not said");
    }

    private static bool TryMlp(CheckpointParts parts, GgufArchitecture family, GgufSizes sizes, out MlpConfig? mlp)
    {
        mlp = null;
        long[] widths = [.. Enumerable.Range(0, sizes.Layers).Select(layer => WidthOf(parts, layer)).Distinct()];
        if (widths is not [>= 0 and <= int.MaxValue and var width])
            return false;
        if (width == 0)
            return true;
        bool fused = parts.Tensors.Find(GgufBlocks.InLayer(0, "ffn_up.weight"))?.Info.Shape is [var rows, _] && rows == 2 * width;
        mlp = new((int)width, family.Activation, fused || parts.Tensors.Contains(GgufBlocks.InLayer(0, "ffn_gate.weight")));
        return true;
    }

    private static long WidthOf(CheckpointParts parts, int layer) =>
        parts.Tensors.Find(GgufBlocks.InLayer(layer, "ffn_down.weight"))?.Info.Shape is [_, var width] ? width : 0;

    private static ValueList<int> Windows(GgufArchitecture family, GgufSizes sizes)
    {
        int window = sizes.TrySize("attention.sliding_window") ?? (family.HasUsualWindow(sizes) ? GgufArchitecture.UsualWindow : 0);
        if (window == 0)
            return [];
        int period = family.WindowPeriod ?? 0; // of a family without windows, where one as wide as the context hides nothing
        var flags = sizes.List("attention.sliding_window_pattern");
        int every = flags is null ? sizes.TrySize("attention.sliding_window_pattern") ?? period : 0;
        return new(Enumerable.Range(0, sizes.Layers).Select(layer => Has(layer) ? window : 0));

        // The last layer of each period sees all positions; a period of 0 leaves none that does.
        bool Has(int layer) => flags is null ? every == 0 || layer % every < every - 1 : layer < flags.Count && flags[layer] != 0;
    }

    private static RotaryConfig Rotary(CheckpointParts parts, GgufArchitecture family, GgufSizes sizes, ValueList<int> windows)
    {
        double usual = sizes.Number("rope.freq_base") ?? UsualRotaryBase;
        var scaling = Scaling(parts, sizes);
        double? local = sizes.Number("rope.freq_base_swa") ?? family.RotaryLocalBase;
        if (local is null && family.ScalesWithoutWindows && scaling is not null)
            local = usual;
        int step = family.RotaryLayersStep;
        return new RotaryConfig
        {
            Dimensions = sizes.TrySize("rope.dimension_count") ?? sizes.KeyLength,
            Base = usual,
            AdjacentPairs = family.AdjacentPairs,
            LocalBase = windows.Any(window => window > 0) ? local : null,
            LayersWithout = new(Enumerable.Range(0, sizes.Layers).Where(layer => step > 0 && (layer + 1) % step == 0
                || family.RotaryInWindows && windows.Count > 0 && windows[layer] == 0)),
            Scaling = scaling,
        };
    }

    private static RotaryScaling? Scaling(CheckpointParts parts, GgufSizes sizes)
    {
        double factor = sizes.Number("rope.scaling.factor") ?? sizes.Number("rope.scale_linear") ?? 1;
        int original = sizes.TrySize("rope.scaling.original_context_length") ?? Context(sizes);
        double told = sizes.Number("rope.scaling.attn_factor") ?? 1;
        if (parts.Tensors.Contains(GgufTensors.RotaryFactors))
        {
            var factors = Factors(GgufTensors.RotaryFactors);
            return new()
            {
                Kind = RotaryScalingKind.LongRope,
                OriginalContext = original,
                ShortFactors = factors,
                LongFactors = factors,
                AttentionFactor = 1,
            };
        }
        if (parts.Tensors.Contains(GgufTensors.LongFactors))
        {
            return new()
            {
                Kind = RotaryScalingKind.LongRope,
                Factor = factor,
                OriginalContext = original,
                ShortFactors = Factors(GgufTensors.ShortFactors),
                LongFactors = Factors(GgufTensors.LongFactors),
                AttentionFactor = told,
            };
        }
        if (sizes.Text("rope.scaling.type") == "yarn")
        {
            return new()
            {
                Kind = RotaryScalingKind.Yarn,
                Factor = factor,
                OriginalContext = original,
                BetaFast = sizes.Number("rope.scaling.yarn_beta_fast") ?? 32,
                BetaSlow = sizes.Number("rope.scaling.yarn_beta_slow") ?? 1,
                AttentionFactor = Sharpening(1) / Sharpening(sizes.Number("rope.scaling.yarn_log_multiplier") ?? 0) * told,
            };
        }
        return factor == 1 ? null : new() { Kind = RotaryScalingKind.Linear, Factor = factor };

        ValueList<double> Factors(string name) => new(parts.Tensors.Read(name).Select(value => (double)value));

        double Sharpening(double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;
    }

    private static double LogitFactor(GgufArchitecture family, GgufSizes sizes)
    {
        double? scale = Above0(sizes, "logit_scale", null);
        if (family.DividesLogits)
            return 1 / (scale ?? family.Factors(sizes).LogitDivisor);
        return scale ?? 1;
    }

    private static int Context(GgufSizes sizes) => sizes.TrySize("context_length") ?? 0;

    private static double? Above0(GgufSizes sizes, string key, double? usual) => sizes.Number(key) switch
    {
        null => usual,
        > 0 and var value => value,
        _ => null,
    };
}
