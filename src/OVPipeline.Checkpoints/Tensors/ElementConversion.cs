using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace OVPipeline.Checkpoints;

/// <summary>Sizes of element types, and their conversion to single precision.</summary>
internal static class ElementConversion
{
    /// <summary>Bytes of one element or, of a type of blocks, of one block.</summary>
    public static int Size(this ElementType type) => type switch
    {
        >= ElementType.Q4_0 and not ElementType.Other => BlockConversion.Size(type),
        ElementType.Bool or ElementType.U8 or ElementType.I8 or ElementType.F8_E5M2 or ElementType.F8_E4M3 or ElementType.Other => 1,
        ElementType.U16 or ElementType.I16 or ElementType.F16 or ElementType.BF16 => 2,
        ElementType.U32 or ElementType.I32 or ElementType.F32 => 4,
        _ => 8,
    };

    /// <summary>Elements that are stored together and cannot be read apart: 1 but for types of blocks.</summary>
    public static int BlockLength(this ElementType type) =>
        type is >= ElementType.Q4_0 and not ElementType.Other ? BlockConversion.Length(type) : 1;

    /// <summary>The most elements that bytes can hold.</summary>
    public static long MostElements(this ElementType type, long bytes) => bytes / type.Size() * type.BlockLength();

    /// <summary>Whether elements of the type can be weights.</summary>
    public static bool IsWeight(this ElementType type) => type is ElementType.F16 or ElementType.BF16 or ElementType.F32 or ElementType.F64
        or ElementType.F8_E4M3 or ElementType.F8_E5M2 or (>= ElementType.Q4_0 and not ElementType.Other);

    /// <summary>
    /// Converts little-endian elements, as many as <paramref name="values"/> holds: whole blocks, of types that have them. Doubles beyond
    /// single precision become infinite.
    /// </summary>
    public static void ToSingle(ElementType type, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (type)
        {
            case ElementType.F32:
                bytes[..(4 * values.Length)].CopyTo(MemoryMarshal.AsBytes(values));
                break;
            case ElementType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes)[..values.Length], values);
                break;
            case ElementType.BF16:
                BFloat16ToSingle(MemoryMarshal.Cast<byte, ushort>(bytes)[..values.Length], values);
                break;
            case ElementType.F64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(bytes)[..values.Length], values);
                break;
            case ElementType.F8_E4M3 or ElementType.F8_E5M2:
                for (int i = 0; i < values.Length; i++)
                    values[i] = F8ToSingle(type, bytes[i]);
                break;
            case >= ElementType.Q4_0 and not ElementType.Other:
                BlockConversion.ToSingle(type, bytes, values);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, $"{type} elements are not weights.");
        }
    }

    /// <summary>One big-endian element.</summary>
    public static float ToSingleBigEndian(ElementType type, ReadOnlySpan<byte> bytes) => type switch
    {
        ElementType.F32 => BinaryPrimitives.ReadSingleBigEndian(bytes),
        ElementType.F16 => (float)BinaryPrimitives.ReadHalfBigEndian(bytes),
        ElementType.BF16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 16),
        ElementType.F64 => (float)BinaryPrimitives.ReadDoubleBigEndian(bytes),
        ElementType.F8_E4M3 or ElementType.F8_E5M2 => F8ToSingle(type, bytes[0]),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"{type} elements are not weights."),
    };

    // F8_E5M2 is the upper half of a half. F8_E4M3 (OCP FP8, section 5.1): a sign, 4 bits of exponent with a bias of 7, 3 of mantissa;
    // no infinities, and NaN where all bits but the sign are ones.
    private static float F8ToSingle(ElementType type, byte bits)
    {
        if (type == ElementType.F8_E5M2)
            return (float)BitConverter.UInt16BitsToHalf((ushort)(bits << 8));
        int exponent = (bits >> 3) & 0xF;
        int mantissa = bits & 7;
        if ((bits & 0x7F) == 0x7F)
            return float.NaN;
        float value = exponent == 0 ? MathF.ScaleB(mantissa, -9) : MathF.ScaleB(8 + mantissa, exponent - 10);
        return (bits & 0x80) == 0 ? value : -value;
    }

    // BF16 is the upper half of a single: 16 zero bits below it make the single. A vector of n halves widens to two of n / 2 singles,
    // the lower indices first.
    private static void BFloat16ToSingle(ReadOnlySpan<ushort> halves, Span<float> values)
    {
        var bits = MemoryMarshal.Cast<float, uint>(values);
        int i = 0;
        for (; i <= halves.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(halves[i..]), out var low, out var high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }
        for (; i < halves.Length; i++)
            bits[i] = (uint)halves[i] << 16;
    }
}
