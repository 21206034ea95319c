namespace OVPipeline.Checkpoints;

/// <summary>The types of metadata values, by the numbers that files have for them.</summary>
internal enum GgufValueType : uint
{
    /// <summary>Unsigned, 8 bits.</summary>
    U8,
    /// <summary>Signed, 8 bits.</summary>
    I8,
    /// <summary>Unsigned, 16 bits.</summary>
    U16,
    /// <summary>Signed, 16 bits.</summary>
    I16,
    /// <summary>Unsigned, 32 bits.</summary>
    U32,
    /// <summary>Signed, 32 bits.</summary>
    I32,
    /// <summary>IEEE single.</summary>
    F32,
    /// <summary>A byte that is 0 or 1.</summary>
    Bool,
    /// <summary>A length of 64 bits and as many bytes of UTF-8.</summary>
    Text,
    /// <summary>A type, a count of 64 bits, and as many values of the type.</summary>
    Array,
    /// <summary>Unsigned, 64 bits.</summary>
    U64,
    /// <summary>Signed, 64 bits.</summary>
    I64,
    /// <summary>IEEE double.</summary>
    F64,
}

/// <summary>A metadata value and where it lies: what is long is read when it is asked for.</summary>
/// <param name="Type">Its type; of an array that of its elements.</param>
/// <param name="Offset">Where it begins in the file; of an array where its first element does.</param>
/// <param name="Count">Elements of an array; null where it is none.</param>
internal sealed record GgufValue(GgufValueType Type, long Offset, long? Count);
