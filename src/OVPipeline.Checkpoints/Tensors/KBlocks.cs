using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace OVPipeline.Checkpoints;

/// <summary>ggml's K types: blocks of 256 whose groups have scales and minima that are quantised themselves.</summary>
internal static class KBlocks
{
    private const int Longest = BlockConversion.Longest;

    /// <summary>A block's quants, scales and minima; returns how many groups of elements have one of their own.</summary>
    public static int TakeApart(ElementType type, ReadOnlySpan<byte> block, Span<sbyte> quants, Span<float> scales, Span<float> minima) =>
        type switch
        {
            ElementType.Q2_K => Two(block, quants, scales, minima),
            ElementType.Q3_K => Three(block, quants, scales),
            ElementType.Q4_K => Four(block, quants, scales, minima),
            ElementType.Q5_K => Five(block, quants, scales, minima),
            ElementType.Q6_K => Six(block, quants, scales),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"{type} has no blocks."),
        };

    // 16 bytes of scale (lower half) and minimum (upper half), 64 bytes of quants, the scales' scale, the minima's scale.
    private static int Two(ReadOnlySpan<byte> block, Span<sbyte> quants, Span<float> scales, Span<float> minima)
    {
        float scale = BlockConversion.Half(block[80..]);
        float minimum = BlockConversion.Half(block[82..]);
        for (int i = 0; i < 16; i++)
        {
            scales[i] = scale * (block[i] & 15);
            minima[i] = minimum * (block[i] >> 4);
        }
        for (int i = 0; i < 8; i++)
            BlockConversion.Pairs(block[(16 + (i / 4 * 32))..], i % 4 * 2, 0, quants[(32 * i)..]);
        return 16;
    }

    // 32 bytes of third bits, 64 of two lower bits, 12 of scales, their scale. A third bit that is not set takes 4 away.
    private static int Three(ReadOnlySpan<byte> block, Span<sbyte> quants, Span<float> scales)
    {
        float scale = BlockConversion.Half(block[108..]);
        var packed = block.Slice(96, 12);
        for (int i = 0; i < 16; i++)
        {
            // Lower four bits of scale i: a half of byte i % 8. Upper two: pair i / 4 of byte 8 + i % 4.
            int low = (packed[i % 8] >> (i / 8 * 4)) & 15;
            int high = (packed[8 + (i % 4)] >> (i / 4 * 2)) & 3;
            scales[i] = scale * ((low | (high << 4)) - 32);
        }
        var four = Vector128.Create((sbyte)4);
        for (int i = 0; i < 8; i++)
        {
            var group = quants.Slice(32 * i, 32);
            BlockConversion.Pairs(block[(32 + (i / 4 * 32))..], i % 4 * 2, 0, group);
            for (int j = 0; j < 32; j += 16)
            {
                var set = Vector128.Create(block[j..]) & Vector128.Create((byte)(1 << i));
                var unset = Vector128.Equals(set, Vector128<byte>.Zero).AsSByte();
                (Vector128.Create((ReadOnlySpan<sbyte>)group[j..]) - (unset & four)).CopyTo(group[j..]);
            }
        }
        return 16;
    }

    // The scales' scale, the minima's scale, 12 bytes of both, 128 of quants: the lower halves of 32 bytes, then their upper halves.
    private static int Four(ReadOnlySpan<byte> block, Span<sbyte> quants, Span<float> scales, Span<float> minima)
    {
        SixBits(block, scales, minima);
        Halves(block[16..], quants);
        return 8;
    }

    // As Four, with 32 bytes of fifth bits before the quants: bit i of them is that of group i.
    private static int Five(ReadOnlySpan<byte> block, Span<sbyte> quants, Span<float> scales, Span<float> minima)
    {
        SixBits(block, scales, minima);
        Halves(block[48..], quants);
        for (int i = 0; i < 8; i++)
        {
            for (int j = 0; j < 32; j += 16)
            {
                var part = quants[((32 * i) + j)..];
                var bits = (Vector128.Create(block[(16 + j)..]) >>> i) & Vector128<byte>.One;
                (Vector128.Create((ReadOnlySpan<sbyte>)part) + (bits << 4).AsSByte()).CopyTo(part);
            }
        }
        return 8;
    }

    // 128 bytes of four lower bits, 64 of two upper bits, 16 signed scales, their scale. Of each half of the block: elements 0 to 63 are
    // lower halves of 64 bytes, 64 to 127 their upper halves; the upper bits of element i are pair i / 32 of byte i % 32.
    private static int Six(ReadOnlySpan<byte> block, Span<sbyte> quants, Span<float> scales)
    {
        float scale = BlockConversion.Half(block[208..]);
        for (int i = 0; i < 16; i++)
            scales[i] = scale * (sbyte)block[192 + i];
        for (int i = 0; i < Longest; i += 16)
        {
            int half = i / 128;
            int place = i % 128;
            var low = Vector128.Create(block[((half * 64) + (place % 64))..]) >>> (place / 64 * 4);
            var high = Vector128.Create(block[(128 + (half * 32) + (place % 32))..]) >>> (place / 32 * 2);
            var quant = (low & Vector128.Create((byte)15)) | ((high & Vector128.Create((byte)3)) << 4);
            (quant.AsSByte() - Vector128.Create((sbyte)32)).CopyTo(quants[i..]);
        }
        return 16;
    }

    /// <summary>Groups of 32: the lower halves of 32 bytes, the upper halves of the same, and so on.</summary>
    private static void Halves(ReadOnlySpan<byte> bytes, Span<sbyte> quants)
    {
        for (int i = 0; i < Longest; i += 16)
        {
            var packed = Vector128.Create(bytes[((i / 64 * 32) + (i % 32))..]);
            ((packed >>> (i / 32 % 2 * 4)) & Vector128.Create((byte)15)).AsSByte().CopyTo(quants[i..]);
        }
    }

    // Scales and minima of 6 bits in 12 bytes: the first four of each are the lower 6 bits of bytes 0 to 3 and 4 to 7; of the others the
    // lower four bits are the halves of bytes 8 to 11, the upper two the top of bytes 0 to 3 and 4 to 7.
    private static void SixBits(ReadOnlySpan<byte> block, Span<float> scales, Span<float> minima)
    {
        float scale = BlockConversion.Half(block);
        float minimum = BlockConversion.Half(block[2..]);
        var packed = block.Slice(4, 12);
        for (int i = 0; i < 4; i++)
        {
            scales[i] = scale * (packed[i] & 63);
            minima[i] = minimum * (packed[4 + i] & 63);
            scales[4 + i] = scale * ((packed[8 + i] & 15) | (packed[i] >> 6 << 4));
            minima[4 + i] = minimum * ((packed[8 + i] >> 4) | (packed[4 + i] >> 6 << 4));
        }
    }
}
