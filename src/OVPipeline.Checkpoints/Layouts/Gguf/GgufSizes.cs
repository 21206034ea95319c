using System.Globalization;
using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>A model's sizes as GGUF metadata tells them, under keys that begin with the name of its family.</summary>
internal sealed class GgufSizes
{
    private const string HeadCount = "attention.head_count", GroupCount = "attention.head_count_kv";

    // Keys of attention, rotary positions and factors that are read here, or that say what tensors say too.
    private static readonly HashSet<string> s_known =
    [
        HeadCount, GroupCount, "attention.key_length", "attention.value_length", "attention.layer_norm_epsilon",
        "attention.layer_norm_rms_epsilon", "attention.causal", "attention.scale", "attention.max_alibi_bias", "attention.clamp_kqv",
        "attention.sliding_window", "attention.sliding_window_pattern", "attn_logit_softcapping", "final_logit_softcapping",
        "logit_scale", "residual_scale", "embedding_scale", "rope.dimension_count", "rope.freq_base", "rope.freq_base_swa",
        "rope.scale_linear", "rope.scaling.type", "rope.scaling.factor", "rope.scaling.original_context_length",
        "rope.scaling.attn_factor", "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow", "rope.scaling.yarn_log_multiplier",
        "rope.scaling.finetuned",
    ];

    private readonly ModelConfigFile _config;
    private readonly string _architecture;

    /// <exception cref="CheckpointException">A size is missing or impossible.</exception>
    public GgufSizes(ModelConfigFile config, string architecture)
    {
        _config = config;
        _architecture = architecture;
        Layers = config.Size(Key("block_count"));
        DModel = config.Size(Key("embedding_length"));
        Heads = SameInAllLayers(HeadCount);
        if (TrySize("attention.key_length") is null && DModel % Heads != 0)
            throw Wrong(HeadCount, $"{Heads} does not divide embedding_length {DModel}, and there is no attention.key_length");
        KeyLength = TrySize("attention.key_length") ?? DModel / Heads;
        ValueLength = TrySize("attention.value_length") ?? DModel / Heads;
        if (ValueLength == 0)
            throw Wrong(HeadCount, $"{Heads} is more than embedding_length {DModel}, and there is no attention.value_length");
    }

    /// <summary>Number of layers.</summary>
    public int Layers { get; }

    /// <summary>Width of the residual stream.</summary>
    public int DModel { get; }

    /// <summary>Heads of a layer.</summary>
    public int Heads { get; }

    /// <summary>Width of a head's queries and keys.</summary>
    public int KeyLength { get; }

    /// <summary>Width of a head's values.</summary>
    public int ValueLength { get; }

    /// <summary>A size of at least 1; null where it is not told.</summary>
    public int? TrySize(string key) => _config.TrySize(Key(key));

    /// <summary>A number; null where it is not told.</summary>
    public double? Number(string key) => _config.Number(Key(key));

    /// <summary>A text; null where it is not told.</summary>
    public string? Text(string key) => _config.Text(Key(key));

    /// <summary>A flag; null where it is not told.</summary>
    public bool? Flag(string key) => _config.Flag(Key(key));

    /// <summary>A list of whole numbers or flags (1 and 0); null where it is none.</summary>
    public IReadOnlyList<int>? List(string key) =>
        _config.Field(Key(key)) is { ValueKind: JsonValueKind.Array } list
            ? [.. Enumerable.Range(0, list.GetArrayLength()).Select(i => Item(key, list, i))]
            : null;

    /// <summary>Keys of attention, rotary positions, caps and factors that are not known here, with what they say.</summary>
    public IEnumerable<string> UnknownKeys => _config.FieldNames
        .Where(name => name.StartsWith(Key(""), StringComparison.Ordinal) && IsOfForward(name[Key("").Length..]))
        .Order(StringComparer.Ordinal).Select(name => $"{name} {JsonFile.TextOf(_config.Field(name)!.Value)}");

    private static bool IsOfForward(string key) => !s_known.Contains(key)
        && (key.StartsWith("attention.", StringComparison.Ordinal) || key.StartsWith("rope.", StringComparison.Ordinal)
            || key.EndsWith("_scale", StringComparison.Ordinal) || key.EndsWith("softcapping", StringComparison.Ordinal));

    /// <summary>Heads of keys and values in a layer: one number for all layers, or one for each.</summary>
    /// <exception cref="CheckpointException">They do not divide the heads.</exception>
    public int Groups(int layer)
    {
        int groups = _config.Field(Key(GroupCount)) is { ValueKind: JsonValueKind.Array } list
            ? Item(GroupCount, list, layer)
            : TrySize(GroupCount) ?? Heads;
        return groups > 0 && Heads % groups == 0
            ? groups
            : throw Wrong(GroupCount, $"is {groups} in layer {layer}, which does not divide {Heads} heads");
    }

    private int SameInAllLayers(string key)
    {
        if (_config.Field(Key(key)) is not { ValueKind: JsonValueKind.Array } list)
            return _config.Size(Key(key));
        int first = Item(key, list, 0);
        for (int layer = 1; layer < list.GetArrayLength(); layer++)
            if (Item(key, list, layer) != first)
            {
                throw Wrong(key,
                    $"is {Item(key, list, layer)} in layer {layer} and {first} before: layers of different heads are not covered");
            }
        return first > 0 ? first : throw Wrong(key, "is 0");
    }

    private int Item(string key, JsonElement list, int layer) =>
        layer < list.GetArrayLength() && list[layer] is { ValueKind: JsonValueKind.Number } item && item.TryGetInt32(out int value)
            ? value
            : throw Wrong(key, string.Create(CultureInfo.InvariantCulture, $"has no whole number for layer {layer}"));

    private string Key(string key) => $"{_architecture}.{key}";

    private CheckpointException Wrong(string key, string reason) => new(_config.Path, Key(key), reason + ".");
}
