using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Parts of a result as JSON files, each with the key it was computed under and a digest of its value. What was computed under another key
/// or does not match its digest is ignored, and the store remarks on it.
/// </summary>
public sealed class ResultParts
{
    // Nulls are written: a required property that is null would be missing where it is read, and nothing of the part would come back.
    private static readonly JsonSerializerOptions s_json = new(ReportDocument.Json)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The part that is the result itself.</summary>
    internal const string Whole = "result";

    private readonly string? _folder;
    private readonly string _name;
    private readonly string _key;
    private readonly Action<string> _remark;

    internal ResultParts(string? folder, string name, string key, Action<string> remark)
    {
        _folder = folder;
        _name = name;
        _key = key;
        _remark = remark;
    }

    /// <summary>The value of a part: read where it is there, else computed and kept. T is written as JSON.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public T GetOrAdd<T>(string part, Func<T> compute) where T : class
    {
        ArgumentNullException.ThrowIfNull(compute);
        if (Get<T>(part) is { } kept)
            return kept;
        var value = compute();
        Put(part, value);
        return value;
    }

    /// <summary>A kept part, or null.</summary>
    public T? Get<T>(string part) where T : class => Read<T>(part, key => key == _key);

    /// <summary>A part whose key is this one or goes on from it; null where there is none.</summary>
    internal T? Begun<T>(string part) where T : class =>
        Read<T>(part, key => key == _key || key.StartsWith(_key + ", ", StringComparison.Ordinal));

    private T? Read<T>(string part, Func<string, bool> isOurs) where T : class
    {
        if (PathOf(part) is not { } path)
            return null;
        try
        {
            if (!File.Exists(path) || JsonSerializer.Deserialize<Entry>(RegularFile.ReadAllBytes(path), s_json) is not { } entry)
                return null;
            if (entry.Key is null || entry.Value.ValueKind == JsonValueKind.Undefined)
                return Ignored<T>(path, "it has no key or no value");
            if (!isOurs(entry.Key))
                return Ignored<T>(path, $"it was computed under other conditions ({entry.Key}; now {_key})");
            return entry.Digest == Digest(entry.Value)
                ? entry.Value.Deserialize<T>(s_json)
                : Ignored<T>(path, "it is damaged: its digest does not match");
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException or IOException)
        {
            return Ignored<T>(path, $"it cannot be read: {e.Message.Split('\n')[0]}");
        }
    }

    /// <summary>Keeps a part.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Put<T>(string part, T value) where T : class
    {
        if (PathOf(part) is not { } path)
            return;
        var json = JsonSerializer.SerializeToElement(value, s_json);
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(new Entry(_key, Digest(json), json), s_json);
        AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, bytes));
    }

    private string? PathOf(string part) => _folder is null ? null : Path.Combine(_folder, $"{_name}.{part}.json");

    private T? Ignored<T>(string path, string why) where T : class
    {
        _remark($"Ignored {Path.GetFileName(path)} of the cache: {why}.");
        return null;
    }

    private static string Digest(JsonElement value) => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(value)));

    private sealed record Entry(string? Key, string? Digest, JsonElement Value);
}
