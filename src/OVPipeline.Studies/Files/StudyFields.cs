using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace OVPipeline.Studies;

/// <summary>The fields of a part of a study's file. What is asked for is known; what is left over is a mistake.</summary>
internal sealed class StudyFields
{
    private readonly string _file, _part;
    private readonly Dictionary<string, YamlNode> _nodes = [];
    private readonly List<string> _known = [];

    /// <param name="file">The file, with which messages begin.</param>
    /// <param name="part">Which part of it this is, as <c>model 2</c>.</param>
    /// <param name="node">The part.</param>
    public StudyFields(string file, string part, YamlNode node)
    {
        _file = file;
        _part = part;
        if (node is not YamlMappingNode mapping)
            throw new StudyException(file, $"line {node.Start.Line}: {part} is names with values, such as 'name: value'.");
        foreach (var (name, value) in mapping.Children)
        {
            _nodes[(name as YamlScalarNode)?.Value ?? throw new StudyException(
                file, $"line {name.Start.Line}: {part} has a list or a part for a name, which is one word.")] = value;
        }
    }

    /// <summary>A text; null where it is not there.</summary>
    public string? Text(string name) => Find(name) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } value } => value,
        var other => throw Wrong(other, name, "is one word or number"),
    };

    /// <summary>A text that must be there.</summary>
    public string Required(string name) => Text(name) ?? throw Mistake($"{_part} has no {name}: it needs one.");

    /// <summary>
    /// A file or folder, from the folder of the study's file; what is not there is left as it is, as the name of a hub's model is.
    /// </summary>
    public string? Path(string name)
    {
        if (Text(name) is not { } text)
            return null;
        string path = System.IO.Path.GetFullPath(text, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(_file))!);
        return System.IO.Path.Exists(path) ? path : text;
    }

    /// <summary>A whole number.</summary>
    public int Number(string name, int otherwise, int least = 1) => NumberOrNone(name, least) ?? otherwise;

    /// <summary>A whole number; null where it is not there.</summary>
    public int? NumberOrNone(string name, int least = 1) => Text(name) is { } text ? Parsed(_nodes[name], name, text, least) : null;

    /// <summary>Yes or no.</summary>
    public bool Flag(string name) => Text(name) switch
    {
        null or "false" or "no" => false,
        "true" or "yes" => true,
        _ => throw Wrong(_nodes[name], name, "is true or false"),
    };

    /// <summary>Words; null where they are not there. One stands for a list of one.</summary>
    public IReadOnlyList<string>? Words(string name) => Find(name) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } value } => [value],
        YamlSequenceNode { Children.Count: > 0 } list when list.All(item => item is YamlScalarNode { Value.Length: > 0 }) =>
            [.. list.Select(item => ((YamlScalarNode)item).Value!)],
        var other => throw Wrong(other, name, "is a list of words or numbers"),
    };

    /// <summary>Whole numbers, each once, ascending; null where they are not there.</summary>
    public IReadOnlyList<int>? Numbers(string name) =>
        Words(name) is { } words ? [.. words.Select(word => Parsed(_nodes[name], name, word, 1)).Distinct().Order()] : null;

    /// <summary>Those of some fields that are there, as JSON: true and false, words and numbers as texts, lists of them.</summary>
    public IReadOnlyDictionary<string, JsonNode> Json(IEnumerable<string> names) => names
        .Where(name => Words(name) is not null)
        .ToDictionary(name => name, name => _nodes[name] is YamlSequenceNode
            ? new JsonArray([.. Words(name)!.Select(Json)])
            : Json(Words(name)![0]));

    private static JsonNode Json(string word) => word is "true" or "false" ? JsonValue.Create(word == "true") : JsonValue.Create(word);

    /// <summary>Parts with fields of their own.</summary>
    public IReadOnlyList<StudyFields> Parts(string name, string singular) => Find(name) switch
    {
        YamlSequenceNode { Children.Count: > 0 } list => [.. list.Select((item, i) => new StudyFields(_file, $"{singular} {i + 1}", item))],
        null => throw Mistake($"{_part} has no {name}: it needs one or more."),
        var other => throw Wrong(other, name, "is a list with a line '- ...' for each"),
    };

    /// <summary>A part with fields of its own; null where it is not there.</summary>
    public StudyFields? Part(string name) => Find(name) is { } node ? new(_file, name, node) : null;

    /// <summary>A mistake in this part.</summary>
    public StudyException Mistake(string wrong) => new(_file, wrong);

    /// <summary>A mistake in a field of it.</summary>
    public StudyException Mistake(string name, string wrong) => new(_file, $"line {_nodes[name].Start.Line}: {wrong}");

    /// <summary>Throws where there is something that nothing asked for.</summary>
    public void RequireNoOthers()
    {
        foreach (var (name, node) in _nodes)
            if (!_known.Contains(name))
                throw new StudyException(_file, $"line {node.Start.Line}: {_part} has no '{name}'{NearestName.Hint(name, _known)}");
    }

    private YamlNode? Find(string name)
    {
        _known.Add(name);
        return _nodes.GetValueOrDefault(name);
    }

    private int Parsed(YamlNode node, string name, string text, int least) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out int number)
        && number >= least
            ? number
            : throw Wrong(node, name, $"is a whole number of at least {least}, was '{text}'");

    private StudyException Wrong(YamlNode node, string name, string wrong) => new(_file, $"line {node.Start.Line}: {name} {wrong}.");
}
