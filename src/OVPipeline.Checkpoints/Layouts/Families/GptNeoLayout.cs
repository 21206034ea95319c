using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// GPT-Neo (TinyStories): separate projections without biases but for the output's, learned positions, tied embeddings; scores are not
/// divided by anything, and every other layer looks at the nearest positions only.
/// </summary>
internal sealed class GptNeoLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "GPT-Neo";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt_neo"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", ""];

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "wte",
        Positions = "wpe",
        Layers = "h",
        Attention = new QueryKeyValue.Separate("attn.attention.q_proj", "attn.attention.k_proj", "attn.attention.v_proj"),
        Output = "attn.attention.out_proj",
        Norm = "ln_1",
        FinalNorm = "ln_f",
        Mlp = new("mlp.c_fc", "mlp.c_proj"),
        MlpNorm = "ln_2",
    };

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.RequireConfig(Name);
        return Sizes(parts,
            file.TrySize("num_layers") is null ? "num_hidden_layers" : "num_layers",
            file.TrySize("num_heads") is null ? "num_attention_heads" : "num_heads",
            "hidden_size", "max_position_embeddings", "LN", "standard") with
        {
            AttentionScale = 1,
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu_new"; // GPTNeoConfig

    /// <inheritdoc/>
    protected override string[] ActivationFields => ["activation_function"];

    /// <inheritdoc/>
    // Every other layer where nothing says (GPTNeoConfig.attention_types).
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        int window = reader.Width("window_size") ?? 256;
        bool[] local = LocalLayers(reader, config.Layers);
        int[] windows = [.. local.Select(isLocal => isLocal ? window : 0)];
        return forward with { Windows = windows.Any(width => width > 0) ? new(windows) : [] };
    }

    // attention_layers names each layer's kind; attention_types gives runs of kinds with their repeats, [[["global", "local"], 12]].
    private static bool[] LocalLayers(ForwardReader reader, int layers)
    {
        reader.Follow("attention_types", "attention_layers");
        if (reader.File?.Field("attention_layers") is { } stored)
            return Kinds(reader, "attention_layers", stored, layers);
        if (reader.File?.Field("attention_types") is not { } types)
            return [.. Enumerable.Range(0, layers).Select(layer => layer % 2 == 1)];
        List<JsonElement> kinds = [];
        bool understood = types.ValueKind == JsonValueKind.Array;
        foreach (var run in understood ? types.EnumerateArray() : default)
        {
            JsonElement[] pair = run.ValueKind == JsonValueKind.Array ? [.. run.EnumerateArray()] : [];
            if (pair is not [{ ValueKind: JsonValueKind.Array } of, { ValueKind: JsonValueKind.Number } times]
                || !times.TryGetInt32(out int count) || count < 0 || (long)count * of.GetArrayLength() > layers)
                throw new CheckpointException(reader.File.Path, "attention_types", $"does not name the kinds of {layers} layers.");
            for (int i = 0; i < count; i++)
                kinds.AddRange(of.EnumerateArray());
        }
        return Kinds(reader, "attention_types", JsonSerializer.SerializeToElement(kinds), layers);
    }

    private static bool[] Kinds(ForwardReader reader, string field, JsonElement kinds, int layers)
    {
        string[] names = kinds.ValueKind == JsonValueKind.Array ? [.. kinds.EnumerateArray().Select(kind => JsonFile.TextOf(kind))] : [];
        return names.Length == layers && names.All(name => name is "\"global\"" or "\"local\"")
            ? [.. names.Select(name => name == "\"local\"")]
            : throw new CheckpointException(reader.File!.Path, field, $"does not name the kinds of {layers} layers, global or local.");
    }
}
