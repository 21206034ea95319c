using System.Buffers.Binary;
using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The key-value pairs of a GGUF file. Opening walks over them; what is asked for is read then, so that arrays of a million texts cost
/// nothing to those who do not want them.
/// </summary>
internal sealed class GgufMetadata
{
    // The format's own bound for keys; a chat template has some kilobytes; arrays in arrays are used by nobody; real files have some dozens
    // of values.
    private const int LongestKey = 65535, LongestText = 1 << 24, DeepestArray = 4, MostValues = 65536;

    // A key's length, a type and a value take at least as much.
    private const int SmallestPair = 8 + 4 + 1;
    private readonly Dictionary<string, GgufValue> _values = new(StringComparer.Ordinal);
    private readonly ReadOnlyFile _file;

    /// <summary>Walks over the pairs that lie at a cursor.</summary>
    /// <exception cref="CheckpointException">They are not sound.</exception>
    public GgufMetadata(ReadOnlyFile file, GgufCursor cursor, ulong count)
    {
        _file = file;
        if (count > (ulong)(cursor.Rest / SmallestPair))
            throw cursor.Wrong($"tells of {count} metadata values, of which {cursor.Rest} bytes to the file's end have no room");
        if (count > MostValues)
            throw cursor.Wrong($"tells of {count} metadata values, more than the {MostValues} that are read here");
        for (ulong i = 0; i < count; i++)
        {
            cursor.Entry = string.Create(CultureInfo.InvariantCulture, $"metadata {i}");
            string key = cursor.ReadText(LongestKey);
            cursor.Entry = key;
            if (!_values.TryAdd(key, Pass(cursor, TypeAt(cursor), 0)))
                throw cursor.Wrong("occurs twice in the metadata");
        }
        cursor.Entry = null;
    }

    /// <summary>The values by key.</summary>
    public IReadOnlyDictionary<string, GgufValue> Values => _values;

    /// <summary>A text; null where there is none of that key.</summary>
    /// <exception cref="CheckpointException">The value is something else.</exception>
    public string? Text(string key) => Find(key, "a text", type => type == GgufValueType.Text, array: false) is { } value
        ? At(key, value).ReadText(LongestText)
        : null;

    /// <summary>A text of at most so many bytes; null where it is longer or no UTF-8.</summary>
    public string? ShortText(string key, int most)
    {
        try
        {
            return new GgufCursor(_file, _values[key].Offset, ahead: 0).ReadText(most);
        }
        catch (CheckpointException)
        {
            return null;
        }
    }

    /// <summary>True or false; null where there is none of that key.</summary>
    /// <exception cref="CheckpointException">The value is something else.</exception>
    public bool? Flag(string key) => Find(key, "true or false", type => type == GgufValueType.Bool, array: false) is { } value
        ? At(key, value).Take(1)[0] != 0
        : null;

    /// <summary>A whole number; null where there is none of that key.</summary>
    /// <exception cref="CheckpointException">The value is something else.</exception>
    public long? Integer(string key) => Find(key, "a whole number", IsInteger, array: false) is { } value
        ? (long)decimal.Clamp(IntegerOf(value.Type, At(key, value).Take(SizeOf(value.Type))), long.MinValue, long.MaxValue)
        : null;

    /// <summary>An array of texts; null where there is none of that key.</summary>
    /// <exception cref="CheckpointException">The value is something else.</exception>
    public string[]? Texts(string key)
    {
        if (Find(key, "texts", type => type == GgufValueType.Text, array: true) is not { } value)
            return null;
        var cursor = At(key, value);
        var texts = new string[value.Count!.Value];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = cursor.ReadText(LongestText);
        return texts;
    }

    /// <summary>An array of numbers, as doubles; null where there is none of that key.</summary>
    /// <exception cref="CheckpointException">The value is something else.</exception>
    public double[]? Numbers(string key)
    {
        if (Find(key, "numbers", type => type is not (GgufValueType.Text or GgufValueType.Array), array: true) is not { } value)
            return null;
        var cursor = At(key, value);
        double[] numbers = new double[value.Count!.Value];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = NumberOf(value.Type, cursor.Take(SizeOf(value.Type)));
        return numbers;
    }

    /// <summary>An array of bytes; null where there is none of that key.</summary>
    /// <exception cref="CheckpointException">The value is something else.</exception>
    public byte[]? Bytes(string key) =>
        Find(key, "bytes", type => type is GgufValueType.U8 or GgufValueType.I8, array: true) is { } value
            ? At(key, value).Take((int)value.Count!.Value).ToArray()
            : null;

    /// <summary>A number of whatever type, as JSON writes it; null where the value is none.</summary>
    public string? NumberText(GgufValue value)
    {
        if (value.Count is not null || value.Type is GgufValueType.Text or GgufValueType.Bool)
            return null;
        var bytes = new GgufCursor(_file, value.Offset, ahead: 0).Take(SizeOf(value.Type));
        return value.Type switch
        {
            // As a single is written, so that 1e-5 is not 9.999999747378752e-06.
            GgufValueType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes).ToString("R", CultureInfo.InvariantCulture),
            GgufValueType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes).ToString("R", CultureInfo.InvariantCulture),
            _ => IntegerOf(value.Type, bytes).ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>An error about a value.</summary>
    public CheckpointException Wrong(string key, string reason) => new(_file.Path, key, reason + ".");

    private GgufValue? Find(string key, string what, Func<GgufValueType, bool> isType, bool array)
    {
        if (!_values.TryGetValue(key, out var value))
            return null;
        if (!isType(value.Type) || value.Count.HasValue != array)
            throw Wrong(key, $"must be {what}, is {(value.Count is null ? "" : "an array of ")}{value.Type}");
        return value.Count is null or <= int.MaxValue ? value : throw Wrong(key, $"has {value.Count} elements, too many for an array");
    }

    private GgufCursor At(string key, GgufValue value) =>
        new(_file, value.Offset, value.Count is null ? 0 : GgufCursor.Much) { Entry = key };

    private static GgufValue Pass(GgufCursor cursor, GgufValueType type, int depth)
    {
        if (type != GgufValueType.Array)
        {
            var scalar = new GgufValue(type, cursor.Offset, null);
            PassMany(cursor, type, 1, depth);
            return scalar;
        }
        if (depth == DeepestArray)
            throw cursor.Wrong($"has arrays in arrays, deeper than {DeepestArray}");
        var element = TypeAt(cursor);
        long smallest = element switch
        {
            GgufValueType.Text => 8,
            GgufValueType.Array => 4 + 8,
            _ => SizeOf(element),
        };
        long count = cursor.Length(smallest, long.MaxValue, "elements");
        var array = new GgufValue(element, cursor.Offset, count);
        PassMany(cursor, element, count, depth + 1);
        return array;
    }

    private static void PassMany(GgufCursor cursor, GgufValueType type, long count, int depth)
    {
        if (type is not (GgufValueType.Text or GgufValueType.Array))
        {
            cursor.Skip(count * SizeOf(type)); // cannot overflow: as many were found to fit the file
            return;
        }
        for (long i = 0; i < count; i++)
        {
            if (type == GgufValueType.Array)
                Pass(cursor, type, depth);
            else
                cursor.Skip(cursor.Length(1, long.MaxValue, "bytes of text"));
        }
    }

    private static GgufValueType TypeAt(GgufCursor cursor)
    {
        uint type = cursor.ReadU32();
        return type <= (uint)GgufValueType.F64 ? (GgufValueType)type : throw cursor.Wrong($"is of type {type}, which is not known");
    }

    private static bool IsInteger(GgufValueType type) =>
        type is not (GgufValueType.F32 or GgufValueType.F64 or GgufValueType.Bool or GgufValueType.Text or GgufValueType.Array);

    private static int SizeOf(GgufValueType type) => type switch
    {
        GgufValueType.U8 or GgufValueType.I8 or GgufValueType.Bool => 1,
        GgufValueType.U16 or GgufValueType.I16 => 2,
        GgufValueType.U32 or GgufValueType.I32 or GgufValueType.F32 => 4,
        _ => 8,
    };

    private static double NumberOf(GgufValueType type, ReadOnlySpan<byte> bytes) => type switch
    {
        GgufValueType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        GgufValueType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => (double)IntegerOf(type, bytes),
    };

    private static decimal IntegerOf(GgufValueType type, ReadOnlySpan<byte> bytes) => type switch
    {
        GgufValueType.I8 => (sbyte)bytes[0],
        GgufValueType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        GgufValueType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        GgufValueType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        GgufValueType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        GgufValueType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        GgufValueType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => bytes[0],
    };
}
