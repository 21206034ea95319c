using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>A dictionary or an object of a pickle as settings: texts, numbers, flags, and lists and dictionaries of them.</summary>
internal static class PickledSettings
{
    // A published configuration has some 60 fields. Lists are of a value a layer, or longer ones that no model is made of.
    private const int MostSettings = 2_000, MostValues = 20_000, LongestText = 1_000, Deepest = 4;

    /// <summary>What is set in a dictionary or an object, or null for other values.</summary>
    public static IReadOnlyList<(object? Key, object? Value)>? Entries(object? value) => value switch
    {
        PickleDictionary dictionary => dictionary.Items,
        // OmegaConf's containers: nodes in the attribute _content, each with its value in _val.
        PickleObject made when made.Attribute("_content") is PickleDictionary content => content.Items,
        PickleObject { Items: { } items } => items.Items,
        PickleObject { State: PickleDictionary state } => state.Items,
        PickleObject { State: PickleTuple { Items: [_, PickleDictionary slots] } } => slots.Items,
        PickleObject { Arguments: [PickleDictionary only] } => only.Items,
        _ => null,
    };

    /// <summary>What is set by text, or null where the value is no dictionary or object, or too large for settings.</summary>
    public static Dictionary<string, object?>? Of(object? value)
    {
        if (Entries(value) is not { Count: <= MostSettings } entries)
            return null;
        Dictionary<string, object?> settings = new(StringComparer.Ordinal);
        foreach (var (key, setting) in entries)
            if (key is string { Length: <= LongestText } name)
                settings[name] = setting;
        return settings;
    }

    /// <summary>Writes settings as a JSON object; values of other kinds are left out.</summary>
    public static void Write(Utf8JsonWriter json, Dictionary<string, object?> settings)
    {
        int left = MostValues;
        WriteObject(json, settings, 0, ref left);
    }

    private static void WriteObject(Utf8JsonWriter json, Dictionary<string, object?> settings, int depth, ref int left)
    {
        json.WriteStartObject();
        foreach (var (name, value) in settings)
            Write(json, name, value, depth, ref left);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string? name, object? value, int depth, ref int left)
    {
        value = Plain(value);
        if (--left < 0 || !CanBeWritten(value, depth))
            return;
        if (name is not null)
            json.WritePropertyName(name);
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case long whole: json.WriteNumberValue(whole); break;
            case double number: json.WriteNumberValue(number); break;
            case string text: json.WriteStringValue(text); break;
            case IReadOnlyList<object?> list:
                json.WriteStartArray();
                foreach (object? element in list)
                    Write(json, null, element, depth + 1, ref left);
                json.WriteEndArray();
                break;
            default: WriteObject(json, Of(value)!, depth + 1, ref left); break;
        }
    }

    private static bool CanBeWritten(object? value, int depth) => value switch
    {
        null or bool or long => true,
        double number => double.IsFinite(number),
        string text => text.Length <= LongestText,
        IReadOnlyList<object?> or PickleDictionary => depth < Deepest && (value is not PickleDictionary || Of(value) is not null),
        _ => false,
    };

    /// <summary>A value without what Python wraps it in: numpy's numbers, element types, nodes of OmegaConf.</summary>
    private static object? Plain(object? value) => value switch
    {
        PickleTuple tuple => tuple.Items,
        PickleGlobal { Kind: PickleGlobalKind.DType } type => type.Name["torch.".Length..],
        PickleObject made when made.Attribute("_val") is { } node => node is PickleObject ? null : node,
        PickleObject { Arguments: [PickleObject type, var bytes] } made
            when made.Name.EndsWith(".multiarray.scalar", StringComparison.Ordinal) => Number(type, Bytes(bytes)),
        _ => value,
    };

    // A dtype is made of its name, such as f8, and has its byte order in its state: (3, '<', ...).
    private static object? Number(PickleObject dtype, byte[] bytes)
    {
        if (dtype is { State: PickleTuple { Items: [_, ">", ..] } } || dtype.Arguments is not [string type, ..])
            return dtype;
        return (type, bytes.Length) switch
        {
            ("f8", 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            ("f4", 4) => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
            ("i8", 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            ("i4", 4) => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
            ("b1", 1) => bytes[0] != 0,
            _ => dtype,
        };
    }

    // Before protocol 3 there are no bytes: a text, and the way to turn it into them.
    private static byte[] Bytes(object? value) => value switch
    {
        PickleBytes { First: var first, Length: var length } when first.Length == length => first,
        PickleObject { Name: "_codecs.encode", Arguments: [string { Length: <= 16 } text, "latin1"] } => Encoding.Latin1.GetBytes(text),
        _ => [],
    };
}
