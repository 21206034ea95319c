using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace OVPipeline.Tests.Loading;

/// <summary>
/// A saved model as its entries, to be changed as somebody would who wants a file believed: lengths and digests are put right.
/// </summary>
internal sealed class SavedZip
{
    // ML.NET's header, before what a step writes into its Model.key.
    private const int Header = 256, Digest = 32;

    private readonly Dictionary<string, byte[]> _entries = [];

    public SavedZip(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        foreach (var entry in zip.Entries)
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            _entries.Add(entry.FullName, bytes.ToArray());
        }
    }

    /// <summary>The paths in the archive, in its order.</summary>
    public IReadOnlyList<string> Paths => [.. _entries.Keys];

    public byte[] this[string path] => _entries[path];

    /// <summary>The only path that ends in a name.</summary>
    public string PathOf(string name) => _entries.Keys.Single(path => path.EndsWith($"/{name}", StringComparison.Ordinal));

    /// <summary>Puts bytes into an entry, and what they are into its step's list where it is in one.</summary>
    public SavedZip Put(string path, byte[] bytes, bool listed = true)
    {
        _entries[path] = bytes;
        int slash = path.LastIndexOf('/');
        if (!listed || slash < 0 || !_entries.TryGetValue(path[..slash] + "/Model.key", out byte[]? key))
            return this;
        byte[] name = Encoding.UTF8.GetBytes(path[(slash + 1)..]);
        int at = key.AsSpan().IndexOf([(byte)name.Length, .. name]);
        if (at < Header || at + 1 + name.Length + sizeof(long) + Digest > key.Length)
            return this;
        at += 1 + name.Length;
        BitConverter.TryWriteBytes(key.AsSpan(at), (long)bytes.Length);
        SHA256.HashData(bytes).CopyTo(key, at + sizeof(long));
        return this;
    }

    public SavedZip Remove(string path)
    {
        _entries.Remove(path);
        return this;
    }

    public SavedZip Copy(string path, string to)
    {
        _entries[to] = _entries[path];
        return this;
    }

    public void Write(string path)
    {
        using var file = File.Create(path);
        using var zip = new ZipArchive(file, ZipArchiveMode.Create);
        foreach (var (name, bytes) in _entries)
        {
            using var stream = zip.CreateEntry(name).Open();
            stream.Write(bytes);
        }
    }
}
