using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The JSON header of a safetensors file: <c>{"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3],
/// "data_offsets": [0, 24]}, ...}</c>. No other fields, and none twice.
/// </summary>
internal static class SafetensorsHeader
{
    // NumPy's limit when the format was made; PyTorch's is 64, and no tensor of a model comes near either.
    private const int MostDimensions = 32;

    /// <summary>The tensors that a header lists, in its order, and what it says beside them.</summary>
    /// <exception cref="CheckpointException">The header is not what the format allows.</exception>
    public static (IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata) Parse(
        string file, ReadOnlySpan<byte> json)
    {
        string? name = null;
        try
        {
            if (json.IsEmpty || json[0] != (byte)'{')
                throw new CheckpointException(file, null, "is no safetensors file: the header is not a JSON object.");
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            List<SafetensorsEntry> entries = [];
            Dictionary<string, string> metadata = new(StringComparer.Ordinal);
            HashSet<string> names = [];
            reader.Read();
            while (Next(ref reader, JsonTokenType.PropertyName))
            {
                name = reader.GetString()!;
                if (!names.Add(name))
                    throw new CheckpointException(file, name, "occurs twice in the header.");
                if (name == "__metadata__")
                    ReadMetadata(ref reader, metadata);
                else
                    entries.Add(ReadEntry(file, name, ref reader));
            }
            name = null;
            if (reader.Read())
                throw new FormatException("something follows the object");
            return (entries, metadata);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new CheckpointException(file, name, $"the safetensors header is malformed: {e.Message}", e);
        }
    }

    private static SafetensorsEntry ReadEntry(string file, string name, ref Utf8JsonReader reader)
    {
        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        Require(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader, JsonTokenType.PropertyName))
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when dtype is null:
                    dtype = reader.GetString() ?? throw new FormatException("dtype is null");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, MostDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, 2);
                    break;
                default:
                    throw new FormatException($"field '{field}' is unknown or occurs twice");
            }
        }
        if (dtype is null || shape is null || offsets is not [long begin, long end])
            throw new FormatException("dtype, shape and two data_offsets are needed");
        var (type, bits) = TypeOf(dtype);
        if (bits > 0 && Bytes(bits, shape) is not long)
            throw new CheckpointException(file, name, $"shape [{string.Join(", ", shape)}] of {dtype} is larger than any file.");
        bool fits = begin <= end && (bits == 0 || end - begin == Bytes(bits, shape));
        if (!fits)
        {
            string size = bits == 0 ? "" : $", {Bytes(bits, shape)} bytes";
            throw new CheckpointException(file, name,
                $"data_offsets [{begin}, {end}] do not hold shape [{string.Join(", ", shape)}] of {dtype}{size}.");
        }
        string? unreadable = type == ElementType.Other ? $"elements of {dtype} are not read." : null;
        return new(name, type, shape, begin, end, unreadable);
    }

    /// <summary>Metadata are text fields, each once.</summary>
    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Require(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader, JsonTokenType.PropertyName))
        {
            string key = reader.GetString()!;
            Require(ref reader, JsonTokenType.String);
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw new FormatException($"field '{key}' occurs twice");
        }
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new FormatException("an array of numbers is needed");
        List<long> numbers = [];
        while (Next(ref reader, JsonTokenType.Number))
        {
            if (numbers.Count == most)
                throw new FormatException($"an array has more than {most} numbers");
            if (!reader.TryGetInt64(out long number) || number < 0)
                throw new FormatException("a number is not a non-negative 64-bit integer");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    /// <summary>Moves on to a token of a type, or to the end of the object or array.</summary>
    private static bool Next(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read())
            throw new FormatException("it ends too early");
        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            return false;
        return reader.TokenType == type ? true : throw new FormatException($"{type} is needed, not {reader.TokenType}");
    }

    private static void Require(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new FormatException($"{type} is needed, not {reader.TokenType}");
    }

    // In 128 bits a product of at most 2^63 and another size, at most 2^63 too, cannot overflow; eight times 2^63 cannot either.
    private static long? Bytes(int bits, long[] shape)
    {
        if (shape.Contains(0))
            return 0;
        Int128 elements = 1;
        foreach (long size in shape)
        {
            elements *= size;
            if (elements > long.MaxValue)
                return null;
        }
        Int128 bytes = ((elements * bits) + 7) / 8;
        return bytes > long.MaxValue ? null : (long)bytes;
    }

    // Element type and bits of an element; types that cannot be read are listed all the same, and of unknown ones 0 bits are known.
    private static (ElementType Type, int Bits) TypeOf(string dtype) => dtype switch
    {
        "BOOL" => (ElementType.Bool, 8),
        "U8" => (ElementType.U8, 8),
        "I8" => (ElementType.I8, 8),
        "U16" => (ElementType.U16, 16),
        "I16" => (ElementType.I16, 16),
        "U32" => (ElementType.U32, 32),
        "I32" => (ElementType.I32, 32),
        "U64" => (ElementType.U64, 64),
        "I64" => (ElementType.I64, 64),
        "F8_E5M2" => (ElementType.F8_E5M2, 8),
        "F8_E4M3" => (ElementType.F8_E4M3, 8),
        "F16" => (ElementType.F16, 16),
        "BF16" => (ElementType.BF16, 16),
        "F32" => (ElementType.F32, 32),
        "F64" => (ElementType.F64, 64),
        "C64" => (ElementType.C64, 64),
        "F4" => (ElementType.Other, 4),
        "F6_E2M3" or "F6_E3M2" => (ElementType.Other, 6),
        "F8_E8M0" or "F8_E4M3FNUZ" or "F8_E5M2FNUZ" => (ElementType.Other, 8),
        _ => (ElementType.Other, 0),
    };
}

/// <summary>
/// A tensor as a safetensors header lists it; offsets are bytes from the header's end, and fit type and shape where its size is known. One
/// that cannot be read says why.
/// </summary>
internal sealed record SafetensorsEntry(
    string Name, ElementType Type, IReadOnlyList<long> Shape, long Begin, long End, string? Unreadable = null);
