using System.Diagnostics;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Blocks against their published definition, and against ggml's own library, bit for bit.</summary>
public sealed class BlockConversionTests
{
    public static TheoryData<ElementType> Types =>
        [.. Enum.GetValues<ElementType>().Where(type => type.BlockLength() > 1)];

    // ggml's number, and what its functions call the type; Q8_1 is only ever multiplied in ggml and never turned back.
    public static TheoryData<ElementType, uint, string> GgmlTypes => new()
    {
        { ElementType.Q4_0, 2, "q4_0" }, { ElementType.Q4_1, 3, "q4_1" }, { ElementType.Q5_0, 6, "q5_0" }, { ElementType.Q5_1, 7, "q5_1" },
        { ElementType.Q8_0, 8, "q8_0" }, { ElementType.Q2_K, 10, "q2_K" }, { ElementType.Q3_K, 11, "q3_K" },
        { ElementType.Q4_K, 12, "q4_K" }, { ElementType.Q5_K, 13, "q5_K" }, { ElementType.Q6_K, 14, "q6_K" },
        { ElementType.IQ4_NL, 20, "iq4_nl" }, { ElementType.IQ4_XS, 23, "iq4_xs" },
        { ElementType.TQ1_0, 34, "tq1_0" }, { ElementType.TQ2_0, 35, "tq2_0" }, { ElementType.MXFP4, 39, "mxfp4" },
    };

    [Theory, MemberData(nameof(Types))]
    public void ToSingle_AnyBits_AreThoseOfTheDefinition(ElementType type)
    {
        byte[] blocks = RandomBlocks(type, 200);
        float[] values = Convert(type, blocks);
        int length = type.BlockLength();
        for (int i = 0; i < values.Length; i++)
        {
            float expected = BlockDefinition.ElementOf(type, blocks.AsSpan(i / length * type.Size()), i % length);
            Assert.True(AreSame(expected, values[i]), $"element {i}: {expected:R} by definition, {values[i]:R} here");
        }
    }

    [Theory, MemberData(nameof(GgmlTypes)), InlineData(ElementType.Q8_K, 15u, "q8_K")]
    public void ToSingle_AnyBits_AreThoseOfGgml(ElementType type, uint number, string name)
    {
        Assert.Equal(type, GgufTypes.Of(number).Element);
        byte[] blocks = RandomBlocks(type, 500);
        AssertSame(LlamaLibrary.Dequantize(name, blocks, 500 * type.BlockLength()), Convert(type, blocks));
    }

    [Theory, MemberData(nameof(GgmlTypes))]
    public void ToSingle_WhatGgmlQuantised_IsWhatGgmlMakesOfIt(ElementType type, uint number, string name)
    {
        var random = new Random(7);
        float[] row = [.. Enumerable.Range(0, 4096).Select(_ => (float)((random.NextDouble() - 0.5) * random.NextDouble()))];
        byte[] blocks = LlamaLibrary.Quantize(number, row, 1024);
        float[] values = Convert(type, blocks);
        AssertSame(LlamaLibrary.Dequantize(name, blocks, row.Length), values);
        double error = Math.Sqrt(row.Zip(values, (a, b) => (double)(a - b) * (a - b)).Sum() / row.Sum(a => (double)a * a));
        Assert.InRange(error, 0, type is ElementType.TQ1_0 or ElementType.TQ2_0 ? 1 : 0.5);
    }

    [Fact]
    public void ToSingle_FourBitsOfALargeEmbedding_TakesSeconds()
    {
        byte[] blocks = RandomBlocks(ElementType.Q4_K, 4096);
        float[] values = Convert(ElementType.Q4_K, blocks);
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 8; i++)
            BlockConversion.ToSingle(ElementType.Q4_K, blocks, values);
        TestContext.Current.TestOutputHelper!.WriteLine($"128k x 4096 elements of Q4_K in {watch.Elapsed.TotalSeconds * 64:0.00} s");
        // 128k x 4096 elements are 64 times as many as these 8 million: a minute is what a shared machine in bad weather may take.
        Assert.InRange(watch.Elapsed.TotalSeconds * 64, 0, 60);
    }

    private static float[] Convert(ElementType type, byte[] blocks)
    {
        float[] values = new float[blocks.Length / type.Size() * type.BlockLength()];
        BlockConversion.ToSingle(type, blocks, values);
        return values;
    }

    private static byte[] RandomBlocks(ElementType type, int count)
    {
        byte[] blocks = new byte[type.Size() * count];
        new Random((int)type).NextBytes(blocks);
        return blocks;
    }

    private static void AssertSame(float[] expected, float[] values)
    {
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(AreSame(expected[i], values[i]), $"element {i}: {expected[i]:R} of ggml, {values[i]:R} here");
    }

    // Any NaN is as good as another: it is refused where it is read.
    private static bool AreSame(float a, float b) =>
        BitConverter.SingleToUInt32Bits(a) == BitConverter.SingleToUInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b));
}
