using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>TransformerLens' names and shapes of a transformer's weights.</summary>
internal static class WeightNames
{
    private static readonly WeightKind[] s_beforeLayers =
        [WeightKind.W_E, WeightKind.W_pos, WeightKind.b_E, WeightKind.ln_embed_w, WeightKind.ln_embed_b];

    private static readonly WeightKind[] s_afterLayers =
    [
        WeightKind.W_head, WeightKind.b_head, WeightKind.ln_final_w, WeightKind.ln_final_b, WeightKind.W_U, WeightKind.b_U,
    ];

    // Those of attention in the order in which new models draw their first values.
    private static readonly WeightKind[] s_ofLayer =
    [
        WeightKind.ln1_w, WeightKind.ln1_b, WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O, WeightKind.b_Q, WeightKind.b_K,
        WeightKind.b_V, WeightKind.b_O, WeightKind.q_norm_w, WeightKind.q_norm_b, WeightKind.k_norm_w, WeightKind.k_norm_b,
        WeightKind.ln1_post_w, WeightKind.ln1_post_b, WeightKind.ln2_w, WeightKind.ln2_b, WeightKind.W_gate, WeightKind.W_in,
        WeightKind.W_out, WeightKind.b_gate, WeightKind.b_in, WeightKind.b_out, WeightKind.ln_mlp_w, WeightKind.ln_mlp_b,
        WeightKind.ln2_post_w, WeightKind.ln2_post_b,
    ];

    /// <summary>Every tensor that a model has, in the order of its files.</summary>
    public static IEnumerable<(string Name, WeightKind Kind, int Layer)> All(ModelShape shape)
    {
        foreach (var kind in s_beforeLayers.Where(shape.Has))
            yield return (shape.NameOf(kind, 0), kind, 0);
        for (int layer = 0; layer < shape.Config.Layers; layer++)
            foreach (var kind in s_ofLayer.Where(shape.Has))
                yield return (shape.NameOf(kind, layer), kind, layer);
        foreach (var kind in s_afterLayers.Where(shape.Has))
            yield return (shape.NameOf(kind, 0), kind, 0);
    }

    /// <summary>A weight's name where keys are not grouped.</summary>
    public static string Of(WeightKind kind, int layer) => kind switch
    {
        WeightKind.W_E => "embed.W_E",
        WeightKind.b_E => "embed.b_E",
        WeightKind.ln_embed_w => "embed.ln.w",
        WeightKind.ln_embed_b => "embed.ln.b",
        WeightKind.W_pos => "pos_embed.W_pos",
        WeightKind.W_head => "unembed.W_head",
        WeightKind.b_head => "unembed.b_head",
        WeightKind.W_U => "unembed.W_U",
        WeightKind.b_U => "unembed.b_U",
        WeightKind.ln_final_w => "ln_final.w",
        WeightKind.ln_final_b => "ln_final.b",
        WeightKind.ln1_w or WeightKind.ln1_b or WeightKind.ln2_w or WeightKind.ln2_b or WeightKind.ln1_post_w or WeightKind.ln1_post_b
            or WeightKind.ln2_post_w or WeightKind.ln2_post_b => InLayer(layer, WithDot(kind.ToString())),
        WeightKind.q_norm_w or WeightKind.q_norm_b or WeightKind.k_norm_w or WeightKind.k_norm_b =>
            InLayer(layer, $"attn.{WithDot(kind.ToString())}"),
        WeightKind.W_in or WeightKind.W_gate or WeightKind.W_out or WeightKind.b_in or WeightKind.b_gate or WeightKind.b_out =>
            InLayer(layer, $"mlp.{kind}"),
        WeightKind.ln_mlp_w => InLayer(layer, "mlp.ln.w"),
        WeightKind.ln_mlp_b => InLayer(layer, "mlp.ln.b"),
        _ => InLayer(layer, $"attn.{kind}"),
    };

    /// <summary>Whether each layer has a weight of this kind.</summary>
    public static bool IsOfLayer(WeightKind kind) => s_ofLayer.Contains(kind);

    /// <summary>Whether a weight is of a head of keys and values, which several heads may share.</summary>
    public static bool IsOfKeysOrValues(WeightKind kind) => kind is WeightKind.W_K or WeightKind.W_V or WeightKind.b_K or WeightKind.b_V
        or WeightKind.k_norm_w or WeightKind.k_norm_b;

    /// <summary>Whether the tensor holds a matrix or a vector for each head.</summary>
    public static bool IsOfHeads(WeightKind kind) => IsOfKeysOrValues(kind)
        || kind is WeightKind.W_Q or WeightKind.W_O or WeightKind.b_Q or WeightKind.q_norm_w or WeightKind.q_norm_b;

    /// <summary>Whether the weight is a vector (of each head, where it is of heads), not a matrix.</summary>
    public static bool IsVector(WeightKind kind) => !kind.ToString().StartsWith("W_", StringComparison.Ordinal);

    private static string InLayer(int layer, string name) => string.Create(CultureInfo.InvariantCulture, $"blocks.{layer}.{name}");

    // ln1_post_w as ln1_post.w.
    private static string WithDot(string kind) => $"{kind[..^2]}.{kind[^1]}";
}
