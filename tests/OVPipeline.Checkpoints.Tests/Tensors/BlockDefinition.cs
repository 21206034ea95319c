using System.Buffers.Binary;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// The published definition of ggml's blocks (ggml-common.h, ggml-quants.c, gguf-py/gguf/quants.py), an element at a time: where each of
/// its bits lies, and what is multiplied by what. It shares nothing with the code under test.
/// </summary>
internal static class BlockDefinition
{
    private static readonly int[] s_uneven = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
    private static readonly int[] s_e2m1 = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    /// <summary>Element <paramref name="i"/> of a block.</summary>
    public static float ElementOf(ElementType type, ReadOnlySpan<byte> b, int i) => type switch
    {
        ElementType.Q4_0 => Half(b, 0) * (Nibble(b, 2 + (i % 16), i / 16) - 8),
        ElementType.Q4_1 => (Half(b, 0) * Nibble(b, 4 + (i % 16), i / 16)) + Half(b, 2),
        ElementType.Q5_0 => Half(b, 0) * ((Nibble(b, 6 + (i % 16), i / 16) | (Bit(b, 2, i) << 4)) - 16),
        ElementType.Q5_1 => (Half(b, 0) * (Nibble(b, 8 + (i % 16), i / 16) | (Bit(b, 4, i) << 4))) + Half(b, 2),
        ElementType.Q8_0 => Half(b, 0) * (sbyte)b[2 + i],
        ElementType.Q8_1 => Half(b, 0) * (sbyte)b[4 + i],
        ElementType.Q8_K => BinaryPrimitives.ReadSingleLittleEndian(b) * (sbyte)b[4 + i],
        ElementType.IQ4_NL => Half(b, 0) * s_uneven[Nibble(b, 2 + (i % 16), i / 16)],
        ElementType.MXFP4 => (float)Math.Pow(2, b[0] - 128) * s_e2m1[Nibble(b, 1 + (i % 16), i / 16)],
        ElementType.Q2_K => (Half(b, 80) * Nibble(b, i / 16, 0) * Crumb(b, 16 + (i / 128 * 32) + (i % 32), i / 32 % 4))
            - (Half(b, 82) * Nibble(b, i / 16, 1)),
        ElementType.Q3_K => Half(b, 108) * (ScaleOfThree(b, i / 16) - 32)
            * (Crumb(b, 32 + (i / 128 * 32) + (i % 32), i / 32 % 4) - (((b[i % 32] >> (i / 32)) & 1) == 1 ? 0 : 4)),
        ElementType.Q4_K => (Half(b, 0) * Six(b, i / 32, false) * Nibble(b, 16 + (i / 64 * 32) + (i % 32), i / 32 % 2))
            - (Half(b, 2) * Six(b, i / 32, true)),
        ElementType.Q5_K => (Half(b, 0) * Six(b, i / 32, false)
            * (Nibble(b, 48 + (i / 64 * 32) + (i % 32), i / 32 % 2) + (((b[16 + (i % 32)] >> (i / 32)) & 1) * 16)))
            - (Half(b, 2) * Six(b, i / 32, true)),
        ElementType.Q6_K => Half(b, 208) * (sbyte)b[192 + (i / 16)]
            * ((Nibble(b, (i / 128 * 64) + (i % 64), i / 64 % 2) | (Crumb(b, 128 + (i / 128 * 32) + (i % 32), i / 32 % 4) << 4)) - 32),
        ElementType.IQ4_XS => Half(b, 0)
            * ((Nibble(b, 4 + (i / 64), i / 32 % 2) | (((BinaryPrimitives.ReadUInt16LittleEndian(b[2..]) >> (i / 32 * 2)) & 3) << 4)) - 32)
            * s_uneven[Nibble(b, 8 + (i / 32 * 16) + (i % 16), i / 16 % 2)],
        ElementType.TQ2_0 => Half(b, 64) * (Crumb(b, (i / 128 * 32) + (i % 32), i / 32 % 4) - 1),
        ElementType.TQ1_0 => Half(b, 52) * (Trit(b, i) - 1),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static float Half(ReadOnlySpan<byte> b, int at) => (float)BinaryPrimitives.ReadHalfLittleEndian(b[at..]);

    private static int Nibble(ReadOnlySpan<byte> b, int at, int upper) => (b[at] >> (4 * upper)) & 15;

    private static int Crumb(ReadOnlySpan<byte> b, int at, int which) => (b[at] >> (2 * which)) & 3;

    private static int Bit(ReadOnlySpan<byte> b, int at, int i) => (b[at + (i / 8)] >> (i % 8)) & 1;

    // get_scale_min_k4 of ggml-quants.c
    private static int Six(ReadOnlySpan<byte> b, int j, bool minimum)
    {
        var q = b.Slice(4, 12);
        if (j < 4)
            return q[minimum ? j + 4 : j] & 63;
        return minimum ? (q[j + 4] >> 4) | ((q[j] >> 6) << 4) : (q[j + 4] & 15) | ((q[j - 4] >> 6) << 4);
    }

    // The shuffle of dequantize_row_q3_K, over 32-bit words.
    private static int ScaleOfThree(ReadOnlySpan<byte> b, int i)
    {
        uint a0 = BinaryPrimitives.ReadUInt32LittleEndian(b[96..]);
        uint a1 = BinaryPrimitives.ReadUInt32LittleEndian(b[100..]);
        uint top = BinaryPrimitives.ReadUInt32LittleEndian(b[104..]);
        uint[] words =
        [
            (a0 & 0x0f0f0f0f) | ((top & 0x03030303) << 4),
            (a1 & 0x0f0f0f0f) | (((top >> 2) & 0x03030303) << 4),
            ((a0 >> 4) & 0x0f0f0f0f) | (((top >> 4) & 0x03030303) << 4),
            ((a1 >> 4) & 0x0f0f0f0f) | (((top >> 6) & 0x03030303) << 4),
        ];
        return (int)(words[i / 4] >> (8 * (i % 4))) & 255;
    }

    private static int Trit(ReadOnlySpan<byte> b, int i)
    {
        (int at, int digit) = i switch
        {
            < 160 => (i % 32, i / 32),
            < 240 => (32 + ((i - 160) % 16), (i - 160) / 16),
            _ => (48 + ((i - 240) % 4), (i - 240) / 4),
        };
        byte shifted = (byte)(b[at] * (int)Math.Pow(3, digit));
        return (shifted * 3) / 256;
    }
}
