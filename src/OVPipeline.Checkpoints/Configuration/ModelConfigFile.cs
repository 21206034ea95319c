using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>A checkpoint's <c>config.json</c>: sizes and flags, each checked when it is asked for.</summary>
internal sealed class ModelConfigFile
{
    // Published ones have kilobytes, a few megabytes with the labels of a large classifier; what is longer is another file.
    private const long LongestFile = 16 << 20;
    private const string Tied = "tie_word_embeddings";

    // What a file for several kinds of input calls the configuration of its language model.
    private static readonly string[] s_textParts = ["text_config", "llm_config", "language_config"];
    private readonly JsonElement _root;
    private readonly JsonElement? _tied;
    private readonly ModelConfigFile? _rest;
    private readonly IReadOnlyCollection<string> _notOfTheRest;

    private ModelConfigFile(string path, JsonElement root, ModelConfigFile? rest = null, IReadOnlyCollection<string>? notOfTheRest = null,
        JsonElement? tied = null)
    {
        Path = path;
        _root = root;
        _rest = rest;
        _notOfTheRest = notOfTheRest ?? [];
        _tied = tied;
    }

    /// <summary>
    /// Where the fields come from, as errors name it: the path of config.json, or a file and what in it holds them.
    /// </summary>
    public string Path { get; }

    /// <summary>The family of models, as Hugging Face names it.</summary>
    public string? ModelType => Text("model_type");

    /// <summary>The hub id of the tokenizer, as TransformerLens writes it; null where it is missing or no text.</summary>
    public string? TokenizerName => Field("tokenizer_name") is { ValueKind: JsonValueKind.String } ? Text("tokenizer_name") : null;

    /// <exception cref="CheckpointException">The file cannot be read, or is not a JSON object.</exception>
    public static ModelConfigFile Open(string path)
    {
        var root = JsonFile.Read(path, "a configuration", LongestFile).Value;
        return root.ValueKind == JsonValueKind.Object
            ? new(path, root)
            : throw new CheckpointException(path, null, $"is no configuration: it holds a JSON {root.ValueKind}.");
    }

    /// <summary>A configuration that another file holds: the metadata of a file of tensors, say.</summary>
    /// <param name="place">What messages name in its place: the file, and where in it.</param>
    /// <param name="fields">A JSON object.</param>
    public static ModelConfigFile Within(string place, JsonElement fields) => fields.ValueKind == JsonValueKind.Object
        ? new(place, fields.Clone())
        : throw new ArgumentException($"A configuration is a JSON object, not a {fields.ValueKind}.", nameof(fields));

    /// <summary>
    /// The configuration of the language model in a file that has others beside it (pictures, sound); the file itself where it is one
    /// model's. Whether W_U is tied is said outside where it is said there.
    /// </summary>
    public ModelConfigFile TextPart => s_textParts.Select(Part).FirstOrDefault(part => part is not null) ?? this;

    /// <summary>Whether this is a part of a file, of which published ones leave out what is the family's default.</summary>
    public bool IsPart { get; private init; }

    /// <summary>An object within the file as a configuration of its own; null where there is none.</summary>
    public ModelConfigFile? Part(string field)
    {
        if (Field(field) is not { ValueKind: JsonValueKind.Object } part)
            return null;
        return new($"{Path} ({field})", part, tied: Field(Tied)) { IsPart = true };
    }

    /// <summary>A field that must be there, at least 1.</summary>
    /// <exception cref="CheckpointException">It is missing or something else.</exception>
    public int Size(string field) => TrySize(field) ?? throw new CheckpointException(Path, field, "is missing.");

    /// <summary>A field of at least 1, or null where it is missing or null.</summary>
    /// <exception cref="CheckpointException">It is something else.</exception>
    public int? TrySize(string field) => Field(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out int size) && size > 0 => size,
        var value => throw Wrong(field, "a whole number of at least 1", value.Value),
    };

    /// <summary>A finite number, or null where it is missing or null.</summary>
    /// <exception cref="CheckpointException">It is something else.</exception>
    public double? Number(string field) => Field(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out double number) && double.IsFinite(number) => number,
        var value => throw Wrong(field, "a number", value.Value),
    };

    /// <summary>A text, or null where it is missing or null.</summary>
    /// <exception cref="CheckpointException">It is something else.</exception>
    public string? Text(string field) => Field(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => TextOf(field, value),
        var value => throw Wrong(field, "a text", value.Value),
    };

    /// <summary>True or false, or null where it is missing or null.</summary>
    /// <exception cref="CheckpointException">It is something else.</exception>
    public bool? Flag(string field) => Field(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        var value => throw Wrong(field, "true or false", value.Value),
    };

    /// <summary>
    /// A field of at least 1, or null where it is missing, null or -1, by which TransformerLens means that it is not set.
    /// </summary>
    /// <exception cref="CheckpointException">It is something else.</exception>
    public int? SizeIfSet(string field) =>
        Field(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int size) && size == -1 ? null : TrySize(field);

    /// <summary>A finite number above 0, or null where it is missing or null.</summary>
    /// <exception cref="CheckpointException">It is something else.</exception>
    public double? Positive(string field) => Number(field) switch
    {
        null => null,
        > 0 and var number => number,
        _ => throw Wrong(field, "a number above 0", Field(field)!.Value),
    };

    /// <summary>The same, with another's fields where it names none of the name.</summary>
    /// <param name="other">Where they come from.</param>
    /// <param name="but">Those that are not taken.</param>
    public ModelConfigFile CompletedBy(ModelConfigFile other, IReadOnlyCollection<string> but) => new(Path, _root, other, but);

    /// <summary>Whether the file has a field of this name, be it null.</summary>
    public bool Names(string field) => JsonFile.TryGet(Path, null, _root, field, out _) || RestFor(field)?.Names(field) == true;

    /// <summary>A field as it stands, or null where it is missing or null.</summary>
    public JsonElement? Field(string field)
    {
        if (field == Tied && _tied is { } outside)
            return outside;
        if (!JsonFile.TryGet(Path, null, _root, field, out var value))
            return RestFor(field)?.Field(field);
        return value.ValueKind == JsonValueKind.Null ? null : value;
    }

    /// <summary>The names of all fields that are readable text; no other is a field's that is known.</summary>
    public IEnumerable<string> FieldNames
    {
        get
        {
            foreach (var property in _root.EnumerateObject())
                if (JsonFile.NameOf(property) is { } name)
                    yield return name;
        }
    }

    private ModelConfigFile? RestFor(string field) => _notOfTheRest.Contains(field) ? null : _rest;

    private string TextOf(string field, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e) // half of a surrogate pair
        {
            throw new CheckpointException(Path, field, $"is not readable text: {e.Message}", e);
        }
    }

    private CheckpointException Wrong(string field, string what, JsonElement value)
    {
        string text = JsonFile.TextOf(value);
        return new(Path, field, $"must be {what}, was {(text.Length <= 40 ? text : text[..40] + "...")}.");
    }
}
