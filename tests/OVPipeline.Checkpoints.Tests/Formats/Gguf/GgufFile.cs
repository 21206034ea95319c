using System.Runtime.InteropServices;
using System.Text;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Writes GGUF files, as the format's description has them, for tests.</summary>
internal sealed class GgufFile
{
    private readonly List<(string Key, byte[] Value)> _values = [];
    private readonly List<(string Name, uint Type, long[] Shape, byte[] Bytes)> _tensors = [];

    /// <summary>The version that the head tells.</summary>
    public uint Version { get; init; } = 3;

    /// <summary>What elements begin at multiples of.</summary>
    public int Alignment { get; init; } = 32;

    /// <summary>Adds a value: of int, uint, long, float, bool, string, or an array of int, float or string.</summary>
    public GgufFile Set(string key, object value)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        WriteValue(writer, value);
        _values.Add((key, stream.ToArray()));
        return this;
    }

    /// <summary>Adds a value as bytes: its type and what follows.</summary>
    public GgufFile SetRaw(string key, params byte[] value)
    {
        _values.Add((key, value));
        return this;
    }

    /// <summary>Adds a tensor of singles; the shape outermost first.</summary>
    public GgufFile Add(string name, long[] shape, ReadOnlySpan<float> values) =>
        Add(name, 0, shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Adds a tensor of a type by its number.</summary>
    public GgufFile Add(string name, uint type, long[] shape, byte[] bytes)
    {
        _tensors.Add((name, type, shape, bytes));
        return this;
    }

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((long)_tensors.Count);
        writer.Write((long)_values.Count);
        foreach ((string key, byte[] value) in _values)
        {
            WriteText(writer, key);
            writer.Write(value);
        }
        long offset = 0;
        foreach ((string name, uint type, long[] shape, byte[] bytes) in _tensors)
        {
            WriteText(writer, name);
            writer.Write(shape.Length);
            foreach (long size in shape.Reverse())
                writer.Write(size);
            writer.Write(type);
            writer.Write(offset);
            offset += Padded(bytes.Length);
        }
        writer.Write(new byte[Padded(stream.Length) - stream.Length]);
        foreach (var tensor in _tensors)
        {
            writer.Write(tensor.Bytes);
            writer.Write(new byte[Padded(tensor.Bytes.Length) - tensor.Bytes.Length]);
        }
        return stream.ToArray();
    }

    /// <summary>Writes the file.</summary>
    public string Save(string path)
    {
        File.WriteAllBytes(path, ToBytes());
        return path;
    }

    private long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case Array array:
                writer.Write(9u);
                writer.Write(TypeOf(array.GetType().GetElementType()!));
                writer.Write((long)array.Length);
                foreach (object item in array)
                    WriteContent(writer, item);
                break;
            default:
                writer.Write(TypeOf(value.GetType()));
                WriteContent(writer, value);
                break;
        }
    }

    private static void WriteContent(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case ulong number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            case bool flag: writer.Write(flag); break;
            case string text: WriteText(writer, text); break;
            default: throw new ArgumentException($"GGUF has no {value.GetType()}.", nameof(value));
        }
    }

    private static uint TypeOf(Type type) => type.Name switch
    {
        nameof(Byte) => 0,
        nameof(UInt16) => 2,
        nameof(UInt32) => 4,
        nameof(Int32) => 5,
        nameof(Single) => 6,
        nameof(Boolean) => 7,
        nameof(String) => 8,
        nameof(UInt64) => 10,
        nameof(Int64) => 11,
        nameof(Double) => 12,
        _ => throw new ArgumentException($"GGUF has no {type}.", nameof(type)),
    };

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }
}
