namespace OVPipeline.Checkpoints;

/// <summary>
/// How a tensor's elements are stored. Weights can be F64, F32, F16 or BF16; the other types are known so that files with them open.
/// </summary>
public enum ElementType
{
    /// <summary>A byte that is 0 or 1.</summary>
    Bool,
    /// <summary>Unsigned 8-bit integer.</summary>
    U8,
    /// <summary>Signed 8-bit integer.</summary>
    I8,
    /// <summary>Unsigned 16-bit integer.</summary>
    U16,
    /// <summary>Signed 16-bit integer.</summary>
    I16,
    /// <summary>Unsigned 32-bit integer.</summary>
    U32,
    /// <summary>Signed 32-bit integer.</summary>
    I32,
    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
    /// <summary>Signed 64-bit integer.</summary>
    I64,
    /// <summary>8-bit float of 5 exponent bits.</summary>
    F8_E5M2,
    /// <summary>8-bit float of 4 exponent bits.</summary>
    F8_E4M3,
    /// <summary>IEEE half precision.</summary>
    F16,
    /// <summary>The upper half of an IEEE single.</summary>
    BF16,
    /// <summary>IEEE single precision.</summary>
    F32,
    /// <summary>IEEE double precision.</summary>
    F64,
    /// <summary>Two singles: real and imaginary part.</summary>
    C64,
}
