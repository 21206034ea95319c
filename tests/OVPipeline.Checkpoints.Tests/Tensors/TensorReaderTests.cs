using System.Runtime.InteropServices;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class TensorReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F64)]
    public void ToMatrix_EveryLengthAndType_AgreesWithScalarConversion(ElementType type)
    {
        foreach (int length in new[] { 0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 255, 256, 257 })
        {
            float[] expected = [.. Enumerable.Range(0, length).Select(i => (i - 100) * 0.25f)];
            Assert.Equal(expected, Store(type, expected, [1, length]).ToMatrix().Values.ToArray());
        }
    }

    [Theory]
    [InlineData(0x3C00, 1f)]
    [InlineData(0x0001, 5.9604645e-8f)]
    [InlineData(0x03FF, 6.0975552e-5f)]
    [InlineData(0x7BFF, 65504f)]
    [InlineData(0x8000, -0f)]
    public void ToMatrix_HalfEdges_AreExact(int bits, float expected)
    {
        byte[] bytes = [(byte)bits, (byte)(bits >> 8)];
        float actual = StoreBytes(ElementType.F16, bytes, [1]).ToMatrix()[0, 0];
        Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(actual));
    }

    [Fact]
    public void ToMatrix_AtSliceTranspose_PickTheRightElements()
    {
        float[] values = [.. Enumerable.Range(0, 2 * 3 * 5).Select(i => (float)i)];
        var view = Store(ElementType.F32, values, [2, 3, 5]).At(1);
        Assert.Equal(values[15..], view.ToMatrix().Values.ToArray());
        Assert.Equal([21f, 22, 26, 27], view.Slice(0, 1, 2).Slice(1, 1, 2).ToMatrix().Values.ToArray());
        Assert.Equal([21f, 26, 22, 27], view.Slice(0, 1, 2).Slice(1, 1, 2).Transpose().ToMatrix().Values.ToArray());
        Assert.Equal([16f, 21, 26], (view with { Shape = [3], Strides = [5], Start = 16 }).ToMatrix().Values.ToArray());
    }

    [Fact]
    public void ToMatrix_StridesInBothDimensions_Gathers()
    {
        var view = Store(ElementType.F32, [.. Enumerable.Range(0, 40).Select(i => (float)i)], [40]);
        Assert.Equal([1f, 4, 11, 14, 21, 24], (view with { Shape = [3, 2], Strides = [10, 3], Start = 1 }).ToMatrix().Values.ToArray());
    }

    [Fact]
    public void ToMatrix_LargerThanAWindow_ReadsAllBlocksBothWays()
    {
        const int Rows = 2500, Columns = 1700;
        float[] values = [.. Enumerable.Range(0, Rows * Columns).Select(i => (float)i)];
        var view = Store(ElementType.F32, values, [Rows, Columns]);
        Assert.True(values.AsSpan().SequenceEqual(view.ToMatrix().Values));
        Assert.True(view.Transpose().ToMatrix().Transpose().Values.SequenceEqual(values));
        Assert.True(
            view.Slice(1, 100, 64).ToMatrix().Transpose().Values.SequenceEqual(view.Slice(1, 100, 64).Transpose().ToMatrix().Values));
    }

    [Theory]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_K)]
    public void ToMatrix_ViewsOfBlocks_PickTheRightElements(ElementType type)
    {
        const int Rows = 40, Columns = 768;
        byte[] blocks = new byte[Rows * Columns / type.BlockLength() * type.Size()];
        new Random(2).NextBytes(blocks);
        for (int i = 0; i < blocks.Length; i += type.Size())
            blocks.AsSpan(i, 4).Fill(0x2A); // halves of 0.049 as scale and minimum
        float[] all = new float[Rows * Columns];
        BlockConversion.ToSingle(type, blocks, all);
        var view = StoreBytes(type, blocks, [Rows, Columns]);
        Assert.Equal(all, view.ToMatrix().Values.ToArray());
        Assert.Equal(all[..^Columns][Columns..], view.Slice(0, 1, Rows - 2).ToMatrix().Values.ToArray());
        foreach ((int from, int count) in new[] { (0, 1), (5, 20), (30, 4), (31, 300), (256, 256), (250, 518), (767, 1) })
        {
            var part = view.Slice(1, from, count);
            float[] expected = [.. Enumerable.Range(0, Rows * count).Select(i => all[(i / count * Columns) + from + (i % count)])];
            Assert.Equal(expected, part.ToMatrix().Values.ToArray());
            Assert.Equal(expected, part.Transpose().ToMatrix().Transpose().Values.ToArray());
        }
        var thin = view with { Shape = [3, 2], Strides = [Columns * 7, 3], Start = 11 };
        int next = (7 * Columns) + 11, last = (14 * Columns) + 11;
        Assert.Equal([all[11], all[14], all[next], all[next + 3], all[last], all[last + 3]], thin.ToMatrix().Values.ToArray());
    }

    [Fact]
    public void ToMatrix_ColumnsThatTakeTurns_AreReadInOrder()
    {
        var view = Store(ElementType.F32, [.. Enumerable.Range(0, 12).Select(i => (float)i)], [2, 6]) with { TakesTurns = true };
        Assert.Equal([0f, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11], view.ToMatrix().Values.ToArray());
        Assert.Equal([0f, 6, 1, 7], (view.Transpose().Slice(0, 0, 2) with { TakesTurns = true }).ToMatrix().Values.ToArray());
    }

    [Fact]
    public void ToMatrix_ScaleAndShift_AreApplied() =>
        Assert.Equal([3f, 5], (Store(ElementType.F16, [1, 2], [2]) with { Scale = 2, Shift = 1 }).ToMatrix().Values.ToArray());

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "infinite")]
    public void ToMatrix_NotFinite_NamesFileTensorAndPlace(float value, string word)
    {
        float[] values = new float[2 * 3 * 4];
        values[17] = value;
        var view = Store(ElementType.F32, values, [2, 3, 4]);
        foreach (var read in new[] { view.At(1), view.At(1).Transpose(), view.At(1).Slice(1, 1, 3) })
        {
            var error = Assert.Throws<CheckpointException>(() => read.ToMatrix());
            Assert.Equal("tensor", error.Entry);
            Assert.Contains($"[1, 1, 1] is {word}", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(12, view.At(0).ToMatrix().Values.Length);
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F64)]
    public void ToMatrix_BigEndian_ReadsTheMostSignificantByteFirst(ElementType type)
    {
        float[] values = [1.5f, -2, 0, 0.0078125f, 65280, -3.140625f];
        byte[] bytes = Bytes(type, values);
        int size = bytes.Length / values.Length;
        for (int i = 0; i < bytes.Length; i += size)
            bytes.AsSpan(i, size).Reverse();
        var view = StoreBytes(type, bytes, [2, 3]);
        view = view with { Tensor = view.Tensor with { BigEndian = true } };
        Assert.Equal(values, view.ToMatrix().Values.ToArray());
        Assert.Equal([1.5f, 0.0078125f, -2, 65280, 0, -3.140625f], view.Transpose().ToMatrix().Values.ToArray());
    }

    [Fact]
    public void ToMatrix_RepeatedElements_AreRefusedBeforeAllocation()
    {
        var view = Store(ElementType.F32, [1], [1]) with { Shape = [40_000, 40_000], Strides = [0, 0] };
        Assert.Throws<CheckpointException>(() => view.ToMatrix());
    }

    private TensorView Store(ElementType type, float[] values, long[] shape) => StoreBytes(type, Bytes(type, values), shape);

    private static byte[] Bytes(ElementType type, float[] values) => type switch
    {
        ElementType.F16 => MemoryMarshal.AsBytes<Half>(values.Select(v => (Half)v).ToArray()).ToArray(),
        ElementType.BF16 =>
            MemoryMarshal.AsBytes<ushort>(values.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)).ToArray()).ToArray(),
        ElementType.F64 => MemoryMarshal.AsBytes<double>(values.Select(v => (double)v).ToArray()).ToArray(),
        _ => MemoryMarshal.AsBytes<float>(values).ToArray(),
    };

    private TensorView StoreBytes(ElementType type, byte[] bytes, long[] shape)
    {
        string path = _folder.PathOf($"{Guid.NewGuid():n}.bin");
        File.WriteAllBytes(path, bytes);
        return new StoredTensor(
            new TensorInfo("tensor", type, shape, path), ReadOnlyFile.Open(path), 0, StoredTensor.ContiguousStrides(shape)).View();
    }
}
