using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>TransformerLens' names and shapes of a transformer's weights.</summary>
internal static class WeightNames
{
    private static readonly WeightKind[] s_beforeLayers = [WeightKind.W_E, WeightKind.W_pos];

    private static readonly WeightKind[] s_afterLayers = [WeightKind.ln_final_w, WeightKind.ln_final_b, WeightKind.W_U, WeightKind.b_U];

    private static readonly WeightKind[] s_ofLayer =
    [
        WeightKind.ln1_w, WeightKind.ln1_b, WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O, WeightKind.b_Q, WeightKind.b_K,
        WeightKind.b_V, WeightKind.b_O,
    ];

    /// <summary>Every tensor that a model has, in the order of its files.</summary>
    public static IEnumerable<(string Name, WeightKind Kind, int Layer)> All(ModelShape shape)
    {
        foreach (var kind in s_beforeLayers.Where(shape.Has))
            yield return (Of(kind, 0), kind, 0);
        for (int layer = 0; layer < shape.Config.Layers; layer++)
            foreach (var kind in s_ofLayer.Where(shape.Has))
                yield return (Of(kind, layer), kind, layer);
        foreach (var kind in s_afterLayers.Where(shape.Has))
            yield return (Of(kind, 0), kind, 0);
    }

    public static string Of(WeightKind kind, int layer) => kind switch
    {
        WeightKind.W_E => "embed.W_E",
        WeightKind.W_pos => "pos_embed.W_pos",
        WeightKind.W_U => "unembed.W_U",
        WeightKind.b_U => "unembed.b_U",
        WeightKind.ln_final_w => "ln_final.w",
        WeightKind.ln_final_b => "ln_final.b",
        WeightKind.ln1_w => InLayer(layer, "ln1.w"),
        WeightKind.ln1_b => InLayer(layer, "ln1.b"),
        _ => InLayer(layer, $"attn.{kind}"),
    };

    private static string InLayer(int layer, string name) => string.Create(CultureInfo.InvariantCulture, $"blocks.{layer}.{name}");

    /// <summary>Whether the tensor holds a matrix or a vector for each head.</summary>
    public static bool IsOfHeads(WeightKind kind) => kind is WeightKind.W_Q or WeightKind.W_K or WeightKind.W_V or WeightKind.W_O
        or WeightKind.b_Q or WeightKind.b_K or WeightKind.b_V;

    public static long[] Shape(TransformerConfig config, WeightKind kind)
    {
        var (rows, columns) = config.ShapeOf(kind);
        bool matrix = kind is WeightKind.W_E or WeightKind.W_pos or WeightKind.W_U
            or WeightKind.W_Q or WeightKind.W_K or WeightKind.W_V or WeightKind.W_O;
        long[] shape = matrix ? [rows, columns] : [columns];
        return IsOfHeads(kind) ? [config.Heads, .. shape] : shape;
    }
}
