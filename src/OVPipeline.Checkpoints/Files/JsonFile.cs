using System.Text.Json;
using System.Text.Unicode;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The one reader of JSON files: UTF-8 with or without a byte-order mark, and the numbers <c>NaN</c>, <c>Infinity</c> and
/// <c>-Infinity</c>, which Python writes and JSON does not have. They are numbers that are not finite: an error where one is asked for.
/// No comments, no commas before a closing bracket, at most 64 levels.
/// </summary>
internal static class JsonFile
{
    // What the standard parser takes for them: numbers beyond any double, as no program writes them.
    private const string NaN = "1e9998", Infinity = "1e9999";

    /// <summary>Reads a file, none of whose objects has a member twice.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wanted">What it should be, as messages say it: <c>a configuration</c>.</param>
    /// <param name="longest">Bytes that it has at most.</param>
    /// <exception cref="CheckpointException">It cannot be read, is longer, or is no such JSON.</exception>
    public static JsonField Read(string path, string wanted, long longest)
    {
        var file = ReadOnlyFile.Open(path);
        var look = FirstLook.At(file);
        if (look.Kind is not (FileKind.Json or FileKind.Unknown))
            throw look.Refuse(path, wanted);
        if (file.Length > longest)
            throw new CheckpointException(path, null, $"has {file.Length} bytes, too many for {wanted} (at most {longest}).");
        return Parse(path, file.Read(0, (int)file.Length));
    }

    /// <summary>Parses a file's content.</summary>
    /// <param name="file">The file, as messages name it.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="repeats">Whether an object may have a member twice, as the last of them is meant; else that is an error.</param>
    /// <exception cref="CheckpointException">It is not JSON.</exception>
    public static JsonField Parse(string file, byte[] content, bool repeats = false)
    {
        var look = FirstLook.At(content.AsSpan(0, Math.Min(content.Length, FirstLook.HeadLength)), content.Length);
        if (look.Kind is FileKind.Other)
            throw look.Refuse(file, "JSON");
        if (!Utf8.IsValid(content)) // the parser looks at texts only when they are asked for
            throw new CheckpointException(file, null, "is not JSON: it has bytes that are not UTF-8.");
        try
        {
            using var document = JsonDocument.Parse(Strict(content), new() { AllowDuplicateProperties = repeats });
            return new(file, "$", document.RootElement.Clone());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for halves of surrogate pairs in names
        {
            throw new CheckpointException(file, null, $"is not JSON: {Reason(e)}", e);
        }
    }

    /// <summary>A value as its file has it, or what stands for one that is no readable text.</summary>
    public static string TextOf(JsonElement value)
    {
        try
        {
            return value.GetRawText()
                .Replace(NaN, "NaN", StringComparison.Ordinal)
                .Replace(Infinity, "Infinity", StringComparison.Ordinal);
        }
        catch (InvalidOperationException) // bytes that are no UTF-8, or half of a surrogate pair
        {
            return "(no readable text)";
        }
    }

    /// <summary>A member of an object. Looking for a name meets others, and one of them may be half of a surrogate pair.</summary>
    /// <exception cref="CheckpointException">One that was met is no text.</exception>
    public static bool TryGet(string file, string? place, JsonElement of, string name, out JsonElement value)
    {
        try
        {
            return of.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException e)
        {
            throw new CheckpointException(file, place, $"has a name that is no text: {e.Message}", e);
        }
    }

    /// <summary>A member's name, or null where it is no readable text.</summary>
    public static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException) // half of a surrogate pair, or no UTF-8
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Strict(byte[] content)
    {
        var json = content.AsSpan().StartsWith("\uFEFF"u8) ? content.AsMemory(3) : content.AsMemory();
        bool mayHaveNames = json.Span.IndexOf("NaN"u8) >= 0 || json.Span.IndexOf("Infinity"u8) >= 0;
        return mayHaveNames ? WithoutNames(json.Span) : json;
    }

    // Outside strings alone. What is no JSON otherwise stays as it is, for the parser to speak of.
    private static byte[] WithoutNames(ReadOnlySpan<byte> json)
    {
        using var strict = new MemoryStream(json.Length + 16);
        bool inText = false;
        for (int i = 0; i < json.Length; i++)
        {
            if (inText && json[i] == (byte)'\\')
                strict.WriteByte(json[i++]);
            else if (i < json.Length && json[i] == (byte)'"')
                inText = !inText;
            if (!inText && Stands("NaN"u8, json, i))
            {
                Write(NaN);
                i += "NaN".Length - 1;
            }
            else if (!inText && Stands("Infinity"u8, json, i))
            {
                Write(Infinity);
                i += "Infinity".Length - 1;
            }
            else if (i < json.Length)
            {
                strict.WriteByte(json[i]);
            }
        }
        return strict.ToArray();

        void Write(string number) => strict.Write(System.Text.Encoding.ASCII.GetBytes(number));
    }

    // As a word of its own: 1NaN and NaN1 are none.
    private static bool Stands(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json, int at)
    {
        if (at >= json.Length || !json[at..].StartsWith(name))
            return false;
        bool joined = at > 0 && (char.IsAsciiLetterOrDigit((char)json[at - 1]) || json[at - 1] is (byte)'.' or (byte)'+');
        int end = at + name.Length;
        return !joined && (end == json.Length || !(char.IsAsciiLetterOrDigit((char)json[end]) || json[end] == (byte)'.'));
    }

    // The parser counts lines and bytes from 0, and says so at length.
    private static string Reason(Exception e)
    {
        int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (end < 0 || e is not JsonException { LineNumber: { } line, BytePositionInLine: { } position })
            return e.Message;
        int path = e.Message.IndexOf(" Path:", StringComparison.Ordinal);
        string what = e.Message[..(path >= 0 ? Math.Min(path, end) : end)].TrimEnd('.');
        return $"{what} (line {line + 1}, byte {position + 1}).";
    }
}
