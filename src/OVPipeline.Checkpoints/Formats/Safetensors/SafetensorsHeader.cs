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

    /// <summary>The tensors that a header lists, in its order.</summary>
    /// <exception cref="CheckpointException">The header is not what the format allows.</exception>
    public static IReadOnlyList<SafetensorsEntry> Parse(string file, ReadOnlySpan<byte> json)
    {
        string? name = null;
        try
        {
            if (json.IsEmpty || json[0] != (byte)'{')
                throw new CheckpointException(file, null, "is no safetensors file: the header is not a JSON object.");
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            List<SafetensorsEntry> entries = [];
            HashSet<string> names = [];
            reader.Read();
            while (Next(ref reader, JsonTokenType.PropertyName))
            {
                name = reader.GetString()!;
                if (!names.Add(name))
                    throw new CheckpointException(file, name, "occurs twice in the header.");
                if (name == "__metadata__")
                    CheckMetadata(ref reader);
                else
                    entries.Add(ReadEntry(file, name, ref reader));
            }
            name = null;
            if (reader.Read())
                throw new FormatException("something follows the object");
            return entries;
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
        var type = TypeOf(dtype) ?? throw new CheckpointException(file, name, $"dtype {dtype} is not known.");
        if (Bytes(type, shape) is not long bytes)
            throw new CheckpointException(file, name, $"shape [{string.Join(", ", shape)}] of {dtype} is larger than any file.");
        if (begin > end || end - begin != bytes)
            throw new CheckpointException(file, name,
                $"data_offsets [{begin}, {end}] do not hold shape [{string.Join(", ", shape)}] of {dtype}, {bytes} bytes.");
        return new(name, type, shape, begin, end);
    }

    /// <summary>Metadata are text fields, each once; what they say does not bear on the tensors.</summary>
    private static void CheckMetadata(ref Utf8JsonReader reader)
    {
        HashSet<string> keys = [];
        Require(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader, JsonTokenType.PropertyName))
        {
            string key = reader.GetString()!;
            Require(ref reader, JsonTokenType.String);
            if (!keys.Add(key))
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

    // In 128 bits a product of at most 2^63 and another size, at most 2^63 too, cannot overflow.
    private static long? Bytes(ElementType type, long[] shape)
    {
        if (shape.Contains(0))
            return 0;
        Int128 bytes = type.Size();
        foreach (long size in shape)
        {
            bytes *= size;
            if (bytes > long.MaxValue)
                return null;
        }
        return (long)bytes;
    }

    private static ElementType? TypeOf(string dtype) => dtype switch
    {
        "BOOL" => ElementType.Bool,
        "U8" => ElementType.U8,
        "I8" => ElementType.I8,
        "U16" => ElementType.U16,
        "I16" => ElementType.I16,
        "U32" => ElementType.U32,
        "I32" => ElementType.I32,
        "U64" => ElementType.U64,
        "I64" => ElementType.I64,
        "F8_E5M2" => ElementType.F8_E5M2,
        "F8_E4M3" => ElementType.F8_E4M3,
        "F16" => ElementType.F16,
        "BF16" => ElementType.BF16,
        "F32" => ElementType.F32,
        "F64" => ElementType.F64,
        "C64" => ElementType.C64,
        _ => null,
    };
}

/// <summary>A tensor as a safetensors header lists it; offsets are bytes from the header's end, and fit type and shape.</summary>
internal sealed record SafetensorsEntry(string Name, ElementType Type, IReadOnlyList<long> Shape, long Begin, long End);
