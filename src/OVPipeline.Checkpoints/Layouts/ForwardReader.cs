using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Reads what a forward pass needs to know from a configuration, and keeps account of the fields that it followed.</summary>
/// <param name="file">The configuration; null for none.</param>
internal sealed class ForwardReader(ModelConfigFile? file)
{
    private readonly HashSet<string> _followed = new(StringComparer.Ordinal);
    private readonly List<string> _unknown = [];

    /// <summary>The configuration; null for none.</summary>
    public ModelConfigFile? File => file;

    /// <summary>The value of <c>model_type</c>; null where there is none.</summary>
    public string? ModelType => file?.ModelType;

    /// <summary>What was read.</summary>
    public ForwardFacts Facts(ForwardConfig config) => new(config, _followed, _unknown);

    /// <summary>Tells that fields are in what was read, whatever they say.</summary>
    public void Follow(params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
            _followed.Add(field);
    }

    /// <summary>Tells of something that is not in what was read.</summary>
    public void Refuse(string what) => _unknown.Add(what);

    /// <summary>A number, or the family's own where the field is missing.</summary>
    public double Number(string field, double usual)
    {
        Follow(field);
        return file?.Number(field) ?? usual;
    }

    /// <summary>A number above 0, or null; another one means that there is none.</summary>
    /// <param name="field">The field.</param>
    /// <param name="usual">The family's own where the field is not there. A field that is null means that there is none.</param>
    public double? Above0(string field, double? usual = null)
    {
        Follow(field);
        double? number = file?.Names(field) == true ? file.Number(field) : usual;
        return number > 0 ? number : null;
    }

    /// <summary>A flag, or the family's own.</summary>
    public bool Flag(string field, bool usual)
    {
        Follow(field);
        return file?.Flag(field) ?? usual;
    }

    /// <summary>
    /// What neurons pass, by the first of the fields that is set; null, and a reason not to run, where no kind is known for it.
    /// </summary>
    public ActivationKind? Activation(string[] fields, string? usual)
    {
        string? field = fields.FirstOrDefault(name => file?.Field(name) is { ValueKind: JsonValueKind.String });
        string? said = field is null ? usual : file!.Text(field);
        if (said is null)
        {
            Refuse($"{fields[0]}, which nothing says");
            return null;
        }
        if (ActivationNames.Of(said) is { } kind)
            return kind;
        Refuse($"{field ?? fields[0]} {said}");
        return null;
    }

    /// <summary>Every layer's width of attention, from <c>layer_types</c> where it is there; 0 for all positions.</summary>
    /// <param name="layers">The number of layers.</param>
    /// <param name="width">The width; null or 0 for none.</param>
    /// <param name="hasWindow">Whether a layer has a window where nothing says it.</param>
    public ValueList<int> Windows(int layers, int? width, Func<int, bool> hasWindow)
    {
        if (width is not > 0)
        {
            Follow("sliding_window", "layer_types");
            return [];
        }
        bool[]? stored = LayerTypes(layers);
        int[] windows = [.. Enumerable.Range(0, layers).Select(layer => stored?[layer] ?? hasWindow(layer) ? width.Value : 0)];
        return windows.Any(window => window > 0) ? new(windows) : [];
    }

    /// <summary>The width that a field says; null where it says none.</summary>
    /// <param name="field">The field.</param>
    /// <param name="usual">The family's own where the field is not there.</param>
    public int? Width(string field, int? usual = null)
    {
        Follow(field);
        return file?.Names(field) == true ? file.TrySize(field) : usual;
    }

    /// <summary>Whether each layer's attention has a window, by <c>layer_types</c>; null where it is not there.</summary>
    public bool[]? LayerTypes(int layers)
    {
        Follow("layer_types");
        if (file?.Field("layer_types") is not { } types)
            return null;
        string[] texts = types.ValueKind == JsonValueKind.Array ? [.. types.EnumerateArray().Select(type => JsonFile.TextOf(type))] : [];
        if (texts.Length != layers)
            throw new CheckpointException(file.Path, "layer_types", $"must name the kinds of {layers} layers, not of {texts.Length}.");
        if (texts.FirstOrDefault(type => type is not ("\"full_attention\"" or "\"sliding_attention\"")) is { } other)
            Refuse($"layer_types {other}");
        return [.. texts.Select(type => type == "\"sliding_attention\"")];
    }

    /// <summary>A list with 1 or 0 (or true or false) for each layer; null where it is not there.</summary>
    /// <exception cref="CheckpointException">It is something else.</exception>
    public bool[]? Switches(string field, int layers)
    {
        Follow(field);
        if (file?.Field(field) is not { } list)
            return null;
        string[] texts = list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(value => JsonFile.TextOf(value))] : [];
        return texts.Length == layers && texts.All(text => text is "0" or "1" or "true" or "false")
            ? [.. texts.Select(text => text is "1" or "true")]
            : throw new CheckpointException(file.Path, field, $"must have 0 or 1 for each of {layers} layers.");
    }
}
