using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Which heads a configuration rules out, whatever family it is of: for those who ask before there are weights.</summary>
internal static class ConfiguredHeads
{
    /// <summary>What families call their number of layers.</summary>
    public static IReadOnlyList<string> LayerFields { get; } = ["n_layer", "n_layers", "num_layers", "num_hidden_layers"];

    /// <summary>What families call a layer's number of heads.</summary>
    public static IReadOnlyList<string> HeadFields { get; } = ["n_head", "n_heads", "num_heads", "num_attention_heads"];

    // T5's, of which num_layers are the encoder's alone.
    private static readonly string[] s_layers = [.. LayerFields, "num_decoder_layers"];

    /// <summary>Throws where the model cannot have all of the heads.</summary>
    /// <param name="file">
    /// The configuration. Where it says a size twice the larger counts; where it does not say one nothing is ruled out.
    /// </param>
    /// <param name="name">The model's name, for the sentence.</param>
    /// <param name="heads">The heads.</param>
    /// <exception cref="ArgumentOutOfRangeException">Names the head and what the model has.</exception>
    public static void Require(ModelConfigFile file, string name, IEnumerable<HeadIndex> heads)
    {
        if (Largest(file, s_layers) is not { } layers || Largest(file, HeadFields) is not { } perLayer)
            return;
        var sizes = new TransformerConfig { Name = name, Layers = layers, Heads = perLayer, DModel = 1, DHead = 1, Vocabulary = 1 };
        foreach (var head in heads)
            sizes.RequireHead(head);
    }

    private static int? Largest(ModelConfigFile file, IEnumerable<string> fields) => fields.Max(field =>
        file.Field(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int size) && size > 0 ? size : (int?)null);
}
