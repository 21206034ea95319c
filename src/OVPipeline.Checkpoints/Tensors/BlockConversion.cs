using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Types whose elements lie in blocks that share scales, by ggml's names and as it defines them (ggml-common.h, ggml-quants.c). An element
/// is <c>scale * quant - minimum</c>, each operation rounded to single precision, with one scale and minimum for every 16 elements or
/// more: so a block is taken apart into quants of 8 bits, scales and minima, and these are put together in one way for all types. Where a
/// type has no minima they are +0, which changes no value, -0 included.
/// </summary>
internal static class BlockConversion
{
    /// <summary>The most elements of a block.</summary>
    public const int Longest = 256;

    // The values of IQ4_NL and IQ4_XS (kvalues_iq4nl), and those of MXFP4 doubled (E2M1: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives).
    private static readonly Vector128<sbyte> s_uneven =
        Vector128.Create(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    private static readonly Vector128<sbyte> s_e2m1 = Vector128.Create(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    /// <summary>Bytes of a block.</summary>
    public static int Size(ElementType type) => type switch
    {
        ElementType.Q4_0 or ElementType.IQ4_NL => 2 + 16,
        ElementType.Q4_1 => 4 + 16,
        ElementType.Q5_0 => 2 + 4 + 16,
        ElementType.Q5_1 => 4 + 4 + 16,
        ElementType.Q8_0 => 2 + 32,
        ElementType.Q8_1 => 4 + 32,
        ElementType.MXFP4 => 1 + 16,
        ElementType.Q2_K => 16 + 64 + 4,
        ElementType.Q3_K => 32 + 64 + 12 + 2,
        ElementType.Q4_K => 4 + 12 + 128,
        ElementType.Q5_K => 4 + 12 + 32 + 128,
        ElementType.Q6_K => 128 + 64 + 16 + 2,
        ElementType.Q8_K => 4 + 256 + 32,
        ElementType.IQ4_XS => 2 + 2 + 4 + 128,
        ElementType.TQ1_0 => 48 + 4 + 2,
        ElementType.TQ2_0 => 64 + 2,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"{type} has no blocks."),
    };

    /// <summary>Elements of a block.</summary>
    public static int Length(ElementType type) => type is ElementType.Q4_0 or ElementType.Q4_1 or ElementType.Q5_0 or ElementType.Q5_1
        or ElementType.Q8_0 or ElementType.Q8_1 or ElementType.IQ4_NL or ElementType.MXFP4 ? 32 : Longest;

    /// <summary>Converts whole blocks.</summary>
    public static void ToSingle(ElementType type, ReadOnlySpan<byte> blocks, Span<float> values)
    {
        int size = Size(type);
        int length = Length(type);
        Span<sbyte> quants = stackalloc sbyte[length];
        Span<float> scales = stackalloc float[Longest / 16];
        Span<float> minima = stackalloc float[Longest / 16];
        minima.Clear();
        for (; values.Length >= length; values = values[length..], blocks = blocks[size..])
        {
            int groups = TakeApart(type, blocks[..size], quants, scales, minima);
            int group = length / groups;
            for (int i = 0; i < groups; i++)
                PutTogether(quants.Slice(i * group, group), scales[i], minima[i], values.Slice(i * group, group));
        }
    }

    /// <summary>A block's quants, scales and minima; returns how many groups of elements have one of their own.</summary>
    private static int TakeApart(ElementType type, ReadOnlySpan<byte> block, Span<sbyte> quants, Span<float> scales, Span<float> minima)
    {
        switch (type)
        {
            case ElementType.Q4_0:
                scales[0] = Half(block);
                return Nibbles(block[2..], quants, 8);
            case ElementType.Q4_1:
                scales[0] = Half(block);
                minima[0] = -Half(block[2..]);
                return Nibbles(block[4..], quants, 0);
            case ElementType.Q5_0:
                scales[0] = Half(block);
                return FifthBits(block[2..], block[6..], quants, 16);
            case ElementType.Q5_1:
                scales[0] = Half(block);
                minima[0] = -Half(block[2..]);
                return FifthBits(block[4..], block[8..], quants, 0);
            case ElementType.Q8_0:
                scales[0] = Half(block);
                return Bytes(block[2..], quants);
            case ElementType.Q8_1:
                scales[0] = Half(block);
                return Bytes(block[4..], quants);
            case ElementType.Q8_K:
                scales[0] = BinaryPrimitives.ReadSingleLittleEndian(block);
                return Bytes(block[4..], quants);
            case ElementType.IQ4_NL:
                scales[0] = Half(block);
                return Chosen(s_uneven, block[2..], quants);
            case ElementType.MXFP4:
                scales[0] = HalfOfPower(block[0]);
                return Chosen(s_e2m1, block[1..], quants);
            case ElementType.IQ4_XS:
                return Uneven(block, quants, scales);
            case ElementType.TQ1_0:
                scales[0] = Half(block[52..]);
                return Ternary(block, quants);
            case ElementType.TQ2_0:
                scales[0] = Half(block[64..]);
                for (int i = 0; i < 8; i++)
                    Pairs(block[(i / 4 * 32)..], i % 4 * 2, 1, quants[(i * 32)..]);
                return 1;
            default:
                return KBlocks.TakeApart(type, block, quants, scales, minima);
        }
    }

    private static void PutTogether(ReadOnlySpan<sbyte> quants, float scale, float minimum, Span<float> values)
    {
        var scales = Vector128.Create(scale);
        var minima = Vector128.Create(minimum);
        for (int i = 0; i < quants.Length; i += 16)
        {
            (var low, var high) = Vector128.Widen(Vector128.Create(quants[i..]));
            (var a, var b) = Vector128.Widen(low);
            (var c, var d) = Vector128.Widen(high);
            var target = values.Slice(i, 16);
            ((Vector128.ConvertToSingle(a) * scales) - minima).CopyTo(target);
            ((Vector128.ConvertToSingle(b) * scales) - minima).CopyTo(target[4..]);
            ((Vector128.ConvertToSingle(c) * scales) - minima).CopyTo(target[8..]);
            ((Vector128.ConvertToSingle(d) * scales) - minima).CopyTo(target[12..]);
        }
    }

    /// <summary>A half, as a single.</summary>
    internal static float Half(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    /// <summary>The lower halves of 16 bytes, then their upper halves, less an offset.</summary>
    internal static int Nibbles(ReadOnlySpan<byte> bytes, Span<sbyte> quants, sbyte offset)
    {
        var packed = Vector128.Create(bytes);
        ((packed & Vector128.Create((byte)15)).AsSByte() - Vector128.Create(offset)).CopyTo(quants);
        ((packed >>> 4).AsSByte() - Vector128.Create(offset)).CopyTo(quants[16..]);
        return 1;
    }

    /// <summary>Two bits of each of 32 bytes, less an offset.</summary>
    internal static void Pairs(ReadOnlySpan<byte> bytes, int shift, sbyte offset, Span<sbyte> quants)
    {
        for (int i = 0; i < 32; i += 16)
        {
            var pairs = (Vector128.Create(bytes[i..]) >>> shift) & Vector128.Create((byte)3);
            (pairs.AsSByte() - Vector128.Create(offset)).CopyTo(quants[i..]);
        }
    }

    private static int FifthBits(ReadOnlySpan<byte> high, ReadOnlySpan<byte> bytes, Span<sbyte> quants, sbyte offset)
    {
        Nibbles(bytes, quants, offset);
        uint bits = BinaryPrimitives.ReadUInt32LittleEndian(high);
        for (int i = 0; i < 32; i++)
            quants[i] += (sbyte)(((bits >> i) & 1) << 4);
        return 1;
    }

    private static int Bytes(ReadOnlySpan<byte> bytes, Span<sbyte> quants)
    {
        MemoryMarshal.Cast<byte, sbyte>(bytes)[..quants.Length].CopyTo(quants);
        return 1;
    }

    private static int Chosen(Vector128<sbyte> values, ReadOnlySpan<byte> bytes, Span<sbyte> quants)
    {
        var packed = Vector128.Create(bytes);
        Vector128.Shuffle(values, (packed & Vector128.Create((byte)15)).AsSByte()).CopyTo(quants);
        Vector128.Shuffle(values, (packed >>> 4).AsSByte()).CopyTo(quants[16..]);
        return 1;
    }

    // 2^(exponent - 127) / 2, since the quants are doubled; below 2 that is a subnormal single.
    private static float HalfOfPower(byte exponent) =>
        BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x00200000u << exponent : (exponent - 1u) << 23);

    // A half, 8 x 2 upper bits of scales, 8 x 4 lower bits, 128 bytes of nibbles.
    private static int Uneven(ReadOnlySpan<byte> block, Span<sbyte> quants, Span<float> scales)
    {
        float scale = Half(block);
        int high = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (int i = 0; i < 8; i++)
        {
            int low = (block[4 + (i / 2)] >> (4 * (i % 2))) & 15;
            scales[i] = scale * ((low | (((high >> (2 * i)) & 3) << 4)) - 32);
            Chosen(s_uneven, block[(8 + (16 * i))..], quants[(32 * i)..]);
        }
        return 8;
    }

    // A byte is a fraction b / 256 whose first five digits to base 3 are elements: the next is the whole part of 3 b / 256. 32 bytes, then
    // 16, then 4 of four digits each; digit by digit.
    private static int Ternary(ReadOnlySpan<byte> block, Span<sbyte> quants)
    {
        int at = 0;
        foreach ((int from, int count, int digits) in (ReadOnlySpan<(int, int, int)>)[(0, 32, 5), (32, 16, 5), (48, 4, 4)])
        {
            int power = 1;
            for (int digit = 0; digit < digits; digit++, power *= 3)
                for (int i = 0; i < count; i++)
                    quants[at++] = (sbyte)((((byte)(block[from + i] * power) * 3) >> 8) - 1);
        }
        return 1;
    }
}
