namespace OVPipeline.Checkpoints;

/// <summary>A tensor of an ONNX file, as it says (TensorProto): nothing is checked against its length yet.</summary>
/// <param name="Name">The value that it is.</param>
/// <param name="DataType">TensorProto.DataType.</param>
/// <param name="Shape">Its sizes.</param>
internal sealed record OnnxTensor(string Name, int DataType, long[] Shape)
{
    /// <summary>How its elements are stored.</summary>
    public OnnxStorage Storage { get; init; }

    /// <summary>Where in the file they begin, if they lie there.</summary>
    public long Offset { get; init; }

    /// <summary>How many bytes they take there.</summary>
    public long Length { get; init; }

    /// <summary>What it says of another file: <c>location</c>, <c>offset</c>, <c>length</c>.</summary>
    public IReadOnlyDictionary<string, string>? External { get; init; }

    /// <summary>The numbers of a short list of whole numbers, such as a shape; else null.</summary>
    public long[]? Numbers { get; init; }

    /// <summary>Whether it is the value of a Constant node, not an initializer.</summary>
    public bool Constant { get; init; }

    /// <summary>Whether it belongs to a graph within a graph, which may have the name of another's.</summary>
    public bool Nested { get; init; }

    /// <summary>Whether elements are floating-point numbers of 16 bits or more.</summary>
    public bool IsFloat => DataType is OnnxTypes.Float or OnnxTypes.Float16 or OnnxTypes.BFloat16 or OnnxTypes.Double;

    /// <summary>Whether elements have 8 bits or fewer, as those of quantised weights.</summary>
    public bool IsNarrow => DataType is OnnxTypes.UInt8 or OnnxTypes.Int8 or >= OnnxTypes.Float8E4M3FN;

    /// <summary>Whether it is a list of more than one float: a bias, or the gains of a norm.</summary>
    public bool IsVector => IsFloat && Shape is [> 1];
}

/// <summary>Where a tensor's elements are.</summary>
internal enum OnnxStorage
{
    /// <summary>Nowhere.</summary>
    None,
    /// <summary>In one piece of the file, little-endian: raw_data, or one packed list of singles or doubles.</summary>
    Here,
    /// <summary>In the file, in pieces or as varints, which cannot be read in place.</summary>
    Scattered,
    /// <summary>In another file.</summary>
    Elsewhere,
}

/// <summary>The values of TensorProto.DataType (onnx.proto) that are told apart here.</summary>
internal static class OnnxTypes
{
    public const int Float = 1, UInt8 = 2, Int8 = 3, Int32 = 6, Int64 = 7, Float16 = 10, Double = 11, BFloat16 = 16,
        Float8E4M3FN = 17;

    private static readonly ElementType?[] s_types =
    [
        null, ElementType.F32, ElementType.U8, ElementType.I8, ElementType.U16, ElementType.I16, ElementType.I32, ElementType.I64, null,
        ElementType.Bool, ElementType.F16, ElementType.F64, ElementType.U32, ElementType.U64, ElementType.C64, null, ElementType.BF16,
        ElementType.F8_E4M3, null, ElementType.F8_E5M2,
    ];

    private static readonly string[] s_others =
    [
        "undefined", "", "", "", "", "", "", "", "text", "", "", "", "", "", "", "complex of two doubles", "", "", "float8e4m3fnuz", "",
        "float8e5m2fnuz", "uint4", "int4", "float4e2m1", "float8e8m0", "uint2", "int2",
    ];

    /// <summary>The type of elements; null for those that have none here.</summary>
    public static ElementType? Element(int type) => type >= 0 && type < s_types.Length ? s_types[type] : null;

    /// <summary>What messages call a type that has none here.</summary>
    public static string Name(int type) => type >= 0 && type < s_others.Length ? s_others[type] : $"type {type}";
}
