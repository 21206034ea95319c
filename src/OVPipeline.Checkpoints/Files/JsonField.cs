using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>A value in a JSON file with its place, so that a value of the wrong kind is an error that names both.</summary>
internal readonly record struct JsonField(string File, string Path, JsonElement Value)
{
    /// <summary>The member of that name, or null where it is absent or null, or this is no object.</summary>
    public JsonField? Find(string name)
    {
        if (Value.ValueKind != JsonValueKind.Object || !JsonFile.TryGet(File, Path, Value, name, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.Null ? null : new JsonField(File, $"{Path}.{name}", value);
    }

    /// <summary>The member of that name.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public JsonField Get(string name) => Find(name) ?? throw Wrong($"has no '{name}'");

    /// <summary>The text, with unpaired surrogates refused.</summary>
    public string Text()
    {
        Expect(JsonValueKind.String);
        try
        {
            return Value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Wrong(e.Message.TrimEnd('.'));
        }
    }

    /// <summary>A whole number that is not negative.</summary>
    public int Index() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int value) && value >= 0
        ? value
        : throw Wrong($"must be a whole number from 0, was {Shown()}");

    /// <summary>A finite number.</summary>
    public float Number() => Value.ValueKind == JsonValueKind.Number && Value.TryGetSingle(out float value) && float.IsFinite(value)
        ? value
        : throw Wrong($"must be a number, was {Shown()}");

    /// <summary>True or false.</summary>
    public bool Flag() => Value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? Value.GetBoolean()
        : throw Wrong($"must be true or false, was {Shown()}");

    /// <summary>The member as true or false, or <paramref name="otherwise"/> where it is absent.</summary>
    public bool Flag(string name, bool otherwise) => Find(name)?.Flag() ?? otherwise;

    /// <summary>The member as text, or the empty string where it is absent.</summary>
    public string TextOrEmpty(string name) => Find(name)?.Text() ?? "";

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonField> Items()
    {
        Expect(JsonValueKind.Array);
        int index = 0;
        foreach (JsonElement value in Value.EnumerateArray())
            yield return new(File, $"{Path}[{index++}]", value);
    }

    /// <summary>The members of an object.</summary>
    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        Expect(JsonValueKind.Object);
        foreach (JsonProperty property in Value.EnumerateObject())
            yield return (JsonFile.NameOf(property) ?? throw Wrong("has a name that is no text"), new(File, Path, property.Value));
    }

    /// <summary>An error about this value.</summary>
    public CheckpointException Wrong(string reason) => new(File, Path, reason + ".");

    private void Expect(JsonValueKind kind)
    {
        if (Value.ValueKind != kind)
            throw Wrong($"must be of kind {kind}, was {Shown()}");
    }

    private string Shown() => Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array || JsonFile.TextOf(Value).Length > 40
        ? Value.ValueKind.ToString()
        : JsonFile.TextOf(Value);
}
