using System.Buffers;
using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Writes safetensors files. The same tensors give the same bytes.</summary>
public static class SafetensorsWriter
{
    // Values converted and written at a time: 512 KiB of halves, which stay in the second cache.
    private const int Chunk = 1 << 18;

    /// <summary>Writes tensors in the order given, to a temporary file that then replaces <paramref name="path"/>.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="type">
    /// How to store elements: <see cref="ElementType.F32"/> or <see cref="ElementType.F16"/> (rounded to nearest even).
    /// </param>
    /// <param name="metadata">Text fields for the header, written in ordinal order of their keys.</param>
    /// <exception cref="ArgumentException">
    /// A name is empty, reserved or occurs twice, a shape does not fit its values, or a finite value passes the range of the type.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written; nothing is left behind.</exception>
    public static void Write(string path, IReadOnlyList<SafetensorsTensor> tensors, ElementType type = ElementType.F32,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        if (type is not (ElementType.F32 or ElementType.F16))
            throw new ArgumentOutOfRangeException(nameof(type), type, "Tensors are written as F32 or F16.");
        Check(tensors, type);
        AtomicFile.Write(path, temporary =>
        {
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
            WriteHeader(stream, tensors, type, metadata);
            foreach (var tensor in tensors)
                WriteValues(stream, tensor.Values.Span, type);
            stream.Flush(flushToDisk: true);
        });
    }

    private static void Check(IReadOnlyList<SafetensorsTensor> tensors, ElementType type)
    {
        HashSet<string> names = ["__metadata__", ""];
        foreach (var tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Tensor name '{tensor.Name}' is empty, reserved or given twice.", nameof(tensors));
            Int128 elements = tensor.Shape.Aggregate((Int128)1, (product, size) => product * size);
            if (tensor.Shape.Any(size => size < 0) || elements != tensor.Values.Length)
            {
                string shape = string.Join(", ", tensor.Shape);
                throw new ArgumentException(
                    $"{tensor.Name}: shape [{shape}] does not hold {tensor.Values.Length} values.", nameof(tensors));
            }
            if (type == ElementType.F16)
                foreach (float value in tensor.Values.Span)
                    if (float.IsFinite(value) && Half.IsInfinity((Half)value))
                        throw new ArgumentException($"{tensor.Name}: {value} passes the range of F16.", nameof(tensors));
        }
    }

    private static void WriteHeader(FileStream stream, IReadOnlyList<SafetensorsTensor> tensors, ElementType type,
        IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(header, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(field => field.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", type.ToString());
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset += (long)tensor.Values.Length * type.Size()]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        int padding = -header.WrittenCount & 7; // elements start on a multiple of 8, as the format asks
        header.GetSpan(padding)[..padding].Fill((byte)' ');
        header.Advance(padding);
        if (header.WrittenCount > SafetensorsReader.LongestHeader)
        {
            throw new ArgumentException(
                $"The header would have {header.WrittenCount} bytes, the format allows {SafetensorsReader.LongestHeader}.",
                nameof(tensors));
        }
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.WrittenCount);
        stream.Write(length);
        stream.Write(header.WrittenSpan);
    }

    private static void WriteNumbers(Utf8JsonWriter json, string field, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(field);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteValues(FileStream stream, ReadOnlySpan<float> values, ElementType type)
    {
        Half[] halves = type == ElementType.F16 ? new Half[Math.Min(Chunk, values.Length)] : [];
        for (; !values.IsEmpty; values = values[Math.Min(Chunk, values.Length)..])
        {
            var part = values[..Math.Min(Chunk, values.Length)];
            if (type == ElementType.F16)
            {
                TensorPrimitives.ConvertToHalf(part, halves);
                stream.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, part.Length)));
            }
            else
                stream.Write(MemoryMarshal.AsBytes(part));
        }
    }
}
