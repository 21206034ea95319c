namespace OVPipeline.Checkpoints;

/// <summary>
/// How a tensor's elements are stored. Weights can be F64, F32, F16, BF16 or a type of blocks (Q4_0 and those after it, by ggml's names);
/// the other types are known so that files with them open.
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
    /// <summary>Blocks of 32: 4 bits an element, and a scale.</summary>
    Q4_0,
    /// <summary>Blocks of 32: 4 bits an element, a scale and a minimum.</summary>
    Q4_1,
    /// <summary>Blocks of 32: 5 bits an element, and a scale.</summary>
    Q5_0,
    /// <summary>Blocks of 32: 5 bits an element, a scale and a minimum.</summary>
    Q5_1,
    /// <summary>Blocks of 32: 8 bits an element, and a scale.</summary>
    Q8_0,
    /// <summary>Blocks of 32: 8 bits an element, a scale and a sum.</summary>
    Q8_1,
    /// <summary>Blocks of 256: 2 bits an element; 4 bits of scale and of minimum for every 16.</summary>
    Q2_K,
    /// <summary>Blocks of 256: 3 bits an element; 6 bits of scale for every 16.</summary>
    Q3_K,
    /// <summary>Blocks of 256: 4 bits an element; 6 bits of scale and of minimum for every 32.</summary>
    Q4_K,
    /// <summary>Blocks of 256: 5 bits an element; 6 bits of scale and of minimum for every 32.</summary>
    Q5_K,
    /// <summary>Blocks of 256: 6 bits an element; 8 bits of scale for every 16.</summary>
    Q6_K,
    /// <summary>Blocks of 256: 8 bits an element, a scale and sums.</summary>
    Q8_K,
    /// <summary>Blocks of 32: 4 bits an element, each one of 16 values that are not evenly spaced, and a scale.</summary>
    IQ4_NL,
    /// <summary>Blocks of 256: the values of IQ4_NL; 6 bits of scale for every 32.</summary>
    IQ4_XS,
    /// <summary>Blocks of 32: 4-bit floats of 2 exponent bits, and a power of two as scale.</summary>
    MXFP4,
    /// <summary>Blocks of 256: elements of -1, 0 and 1, five in a byte, and a scale.</summary>
    TQ1_0,
    /// <summary>Blocks of 256: elements of -1, 0 and 1, four in a byte, and a scale.</summary>
    TQ2_0,
    /// <summary>A type that has no name here: its tensor is listed and cannot be read.</summary>
    Other,
}
