using System.Globalization;
using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>The tensors of GGUF files that are read here, by llama.cpp's names (gguf-py/gguf/constants.py, TENSOR_NAMES).</summary>
internal static partial class GgufTensors
{
    /// <summary>The norm after the embedding.</summary>
    public const string EmbeddingNorm = "token_embd_norm";

    /// <summary>Embeddings of token types, of which only the first is used.</summary>
    public const string Types = "token_types.weight";

    /// <summary>What each rotary frequency is divided by: at every length, and beyond and within the original context.</summary>
    public const string RotaryFactors = "rope_freqs.weight", LongFactors = "rope_factors_long.weight",
        ShortFactors = "rope_factors_short.weight";

    private static readonly HashSet<string> s_outside =
    [
        "token_embd.weight", $"{EmbeddingNorm}.weight", $"{EmbeddingNorm}.bias", Types, "position_embd.weight", "output.weight",
        "output.bias", "output_norm.weight", "output_norm.bias", RotaryFactors, LongFactors, ShortFactors,
    ];

    // attn_rot_embd holds frequencies that follow from the base.
    private static readonly HashSet<string> s_inside =
    [
        "attn_norm", "attn_norm_2", "attn_q", "attn_k", "attn_v", "attn_qkv", "attn_output", "attn_q_norm", "attn_k_norm",
        "attn_output_norm", "layer_output_norm", "post_attention_norm", "post_ffw_norm", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down",
        "attn_rot_embd",
    ];

    /// <summary>Tensors that are not known, each once and without its layer: what they are for is in no forward pass here.</summary>
    public static IEnumerable<string> Unknown(CheckpointParts parts) =>
        parts.Tensors.Tensors.Select(tensor => UnknownPart(tensor.Name)).OfType<string>().Distinct().Order(StringComparer.Ordinal);

    private static string? UnknownPart(string name)
    {
        if (Names().Match(name) is not { Success: true } match)
            return s_outside.Contains(name) || name.StartsWith("cls", StringComparison.Ordinal) ? null : name;
        string part = match.Groups["part"].Value;
        string stem = part[..Math.Max(0, part.LastIndexOf('.'))];
        bool read = part.EndsWith(".weight", StringComparison.Ordinal) || part.EndsWith(".bias", StringComparison.Ordinal);
        return read && s_inside.Contains(stem) ? null : string.Create(CultureInfo.InvariantCulture, $"blk.N.{part}");
    }

    [GeneratedRegex(@"^blk\.\d+\.(?<part>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Names();
}
