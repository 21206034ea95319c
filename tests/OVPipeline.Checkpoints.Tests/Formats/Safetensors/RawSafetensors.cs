using System.Text;
using System.Text.Json;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Safetensors files of any element type, byte by byte.</summary>
internal static class RawSafetensors
{
    /// <summary>Writes a file; tensors follow one another in the order given.</summary>
    public static string Write(string path, IReadOnlyList<(string Name, string Type, long[] Shape, byte[] Bytes)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = new Dictionary<string, object>();
        if (metadata is not null)
            header["__metadata__"] = metadata;
        int at = 0;
        foreach (var (name, type, shape, bytes) in tensors)
        {
            header[name] = new { dtype = type, shape, data_offsets = new[] { at, at + bytes.Length } };
            at += bytes.Length;
        }
        byte[] json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(header));
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)json.Length), .. json, .. tensors.SelectMany(tensor => tensor.Bytes)]);
        return path;
    }

    /// <summary>Singles as F32.</summary>
    public static byte[] Singles(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
