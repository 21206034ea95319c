using System.Globalization;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>What the outputs of a model are called whose outputs are not its tokens.</summary>
internal static class OutputNames
{
    /// <summary>
    /// The names that a configuration gives to all of them (<c>id2label</c>, as Hugging Face's classifiers have it), shown as tokens are;
    /// else numbers.
    /// </summary>
    public static Vocabulary Of(ModelConfigFile? file, int count)
    {
        if (file?.Field("id2label") is not { ValueKind: JsonValueKind.Object } labels)
            return Numbered(count);
        var names = new string?[count];
        foreach (var label in labels.EnumerateObject())
            if (IdOf(label) is { } id && id < count && TextOf(label.Value) is { } text)
                names[id] = TokenDisplay.OfText(text);
        if (Array.Exists(names, name => name is null))
            return Numbered(count);
        string[] displays = [.. names.OfType<string>()];
        TokenDisplay.MakeDistinct(displays);
        return new(displays);
    }

    /// <summary><c>&lt;output 0&gt;</c> and so on.</summary>
    public static Vocabulary Numbered(int count) =>
        new([.. Enumerable.Range(0, count).Select(id => string.Create(CultureInfo.InvariantCulture, $"<output {id}>"))]);

    private static int? IdOf(JsonProperty label) =>
        int.TryParse(JsonFile.NameOf(label), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException) // half of a surrogate pair: no text
        {
            return null;
        }
    }
}
