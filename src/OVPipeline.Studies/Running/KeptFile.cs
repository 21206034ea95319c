using System.Security.Cryptography;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>Small files of JSON that several processes write and read: whole or not there.</summary>
internal static class KeptFile
{
    public static JsonSerializerOptions Json { get; } = new(ReportDocument.Json) { WriteIndented = false };

    /// <summary>Writes over what is there.</summary>
    public static void Write<T>(string path, T value)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(value, Json);
        AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, bytes));
    }

    /// <summary>Writes where nothing is there, and gives what is there then: of several at once the first counts for all.</summary>
    public static T WriteFirst<T>(string path, T value) where T : class
    {
        if (Read<T>(path) is { } there)
            return there;
        string temporary = $"{path}.{Guid.NewGuid():N}";
        Write(temporary, value);
        try
        {
            File.Move(temporary, path); // a link on Unix: it fails where somebody was first
        }
        catch (IOException) when (File.Exists(path))
        {
        }
        finally
        {
            File.Delete(temporary);
        }
        if (Read<T>(path) is { } first)
            return first;
        Write(path, value); // what is there is not whole
        return value;
    }

    /// <summary>What is there; null where nothing is, or nothing whole.</summary>
    public static T? Read<T>(string path) where T : class
    {
        try
        {
            if (!File.Exists(path))
                return null;
            using var stream = RegularFile.OpenRead(path);
            return JsonSerializer.Deserialize<T>(stream, Json);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException
            or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new FileException(path, $"cannot be read: {FileException.Reason(path, e)}.", e);
        }
    }

    /// <summary>A digest of a text: 16 hexadecimal digits.</summary>
    public static string Digest(string text) => Digest(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A digest of bytes.</summary>
    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
}
