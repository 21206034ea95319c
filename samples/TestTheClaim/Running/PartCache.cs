using System.Security.Cryptography;
using System.Text.Json;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>
/// Finished parts of an experiment as files, each with the key it was computed under and a digest of its value. What was computed under another
/// key or does not match its digest is ignored, and a remark says so.
/// </summary>
internal sealed class PartCache(string folder, string experiment, string key)
{
    private readonly List<string> _remarks = [];

    /// <summary>What was ignored, a sentence each.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>The value of a part: read where it is there, else computed and kept.</summary>
    public T GetOrAdd<T>(string part, Func<T> compute) where T : class
    {
        if (Get<T>(part) is { } kept)
            return kept;
        var value = compute();
        Put(part, value);
        return value;
    }

    /// <summary>A kept part, or null.</summary>
    public T? Get<T>(string part) where T : class
    {
        string path = PathOf(part);
        try
        {
            if (!File.Exists(path) || JsonSerializer.Deserialize<Entry>(File.ReadAllBytes(path), ReportDocument.Json) is not { } entry)
                return null;
            if (entry.Key != key)
                return Ignored<T>(path, $"it was computed under other conditions ({entry.Key}; now {key})");
            return entry.Digest == Digest(entry.Value) ? entry.Value.Deserialize<T>(ReportDocument.Json) : Ignored<T>(path, "it is damaged: its digest does not match");
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException or IOException)
        {
            return Ignored<T>(path, $"it cannot be read: {e.Message.Split('\n')[0]}");
        }
    }

    /// <summary>Keeps a part.</summary>
    public void Put<T>(string part, T value) where T : class
    {
        var json = JsonSerializer.SerializeToElement(value, ReportDocument.Json);
        AtomicFile.Write(PathOf(part), path => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(new Entry(key, Digest(json), json), ReportDocument.Json)));
    }

    private string PathOf(string part) => Path.Combine(folder, $"{experiment}.{part}.json");

    private T? Ignored<T>(string path, string why) where T : class
    {
        _remarks.Add($"Ignored {Path.GetFileName(path)} of the cache: {why}.");
        return null;
    }

    private static string Digest(JsonElement value) => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(value)));

    private sealed record Entry(string Key, string Digest, JsonElement Value);
}
