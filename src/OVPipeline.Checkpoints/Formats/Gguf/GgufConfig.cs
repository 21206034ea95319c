using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A GGUF file's hyperparameters as a configuration: by config.json's names those that change what a model computes, and every number, flag
/// and short text of the file by its own key in the object <c>gguf</c>.
/// </summary>
internal static class GgufConfig
{
    /// <summary>The key of the family of models.</summary>
    public const string Architecture = "general.architecture";

    private const string OwnFields = "gguf";
    private const int LongestText = 256, LongestList = 1024;

    // The end of a key, after the architecture, and config.json's name for the same. Where 0 means none it says so there too.
    private static readonly (string Key, string Field)[] s_fields =
    [
        ("attention.sliding_window", "sliding_window"), ("attn_logit_softcapping", "attn_logit_softcapping"),
        ("final_logit_softcapping", "final_logit_softcapping"), ("logit_scale", "logit_scale"),
        ("embedding_scale", "embedding_multiplier"), ("residual_scale", "residual_multiplier"),
        ("expert_count", "num_experts"), ("attention.clamp_kqv", "clip_qkv"), ("attention.max_alibi_bias", "alibi_bias_max"),
        ("use_parallel_residual", "use_parallel_residual"),
    ];

    // A tensor of the first layer that says the same as a flag.
    private static readonly (string Tensor, string Field)[] s_tensors =
    [
        ("blk.0.attn_q_norm.weight", "use_qk_norm"), ("blk.0.attn_sinks.weight", "attn_sinks"),
    ];

    /// <summary>The configuration; null where the file does not say what family its model is of.</summary>
    public static ModelConfigFile? Of(string path, GgufMetadata metadata, IReadOnlyList<StoredTensor> tensors)
    {
        if (!metadata.Values.TryGetValue(Architecture, out var named) || named is not { Type: GgufValueType.Text, Count: null })
            return null;
        if (metadata.ShortText(Architecture, LongestText) is not { } architecture)
            return null;
        var own = new JsonObject();
        foreach ((string key, var value) in metadata.Values)
            if (ToJson(metadata, key, value) is { } json)
                own[key] = json;
        var fields = new JsonObject { ["model_type"] = architecture };
        foreach ((string key, string field) in s_fields)
            if (own[$"{architecture}.{key}"] is { } told && told.ToJsonString() is not ("0" or "0.0"))
                fields[field] = told.DeepClone();
        var names = tensors.Select(tensor => tensor.Info.Name).ToHashSet(StringComparer.Ordinal);
        foreach ((string tensor, string field) in s_tensors)
            if (names.Contains(tensor))
                fields[field] = true;
        fields[OwnFields] = own;
        return ModelConfigFile.Within(path, JsonSerializer.SerializeToElement(fields));
    }

    /// <summary>The file's own keys of a configuration that was made here.</summary>
    public static ModelConfigFile OwnOf(ModelConfigFile config) =>
        ModelConfigFile.Within(config.Path, config.Field(OwnFields)!.Value);

    /// <summary>The numbers, flags and short texts, for people.</summary>
    public static IReadOnlyDictionary<string, string> Described(GgufMetadata metadata)
    {
        var described = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, var value) in metadata.Values)
            if (ToJson(metadata, key, value) is { } json)
                described[key] = json.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : json.ToJsonString();
        return described;
    }

    private static JsonNode? ToJson(GgufMetadata metadata, string key, GgufValue value)
    {
        if (value.Type == GgufValueType.Array)
            return null;
        if (value.Count is { } count)
        {
            return value.Type == GgufValueType.Text || count > LongestList
                ? null
                : new JsonArray([.. metadata.Numbers(key)!.Select(number => Number(number.ToString("R", CultureInfo.InvariantCulture)))]);
        }
        if (value.Type == GgufValueType.Bool)
            return JsonValue.Create(metadata.Flag(key));
        if (value.Type == GgufValueType.Text)
            return metadata.ShortText(key, LongestText) is { } text ? JsonValue.Create(text) : null;
        return Number(metadata.NumberText(value)!);
    }

    // JSON has no NaN and no infinities: there they are texts, and wrong where a number is asked for.
    private static JsonNode Number(string text) => char.IsAsciiDigit(text[^1]) ? JsonNode.Parse(text)! : JsonValue.Create(text);
}
