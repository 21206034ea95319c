using System.Runtime.InteropServices;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>What is read at the edges: of types, of chunks, of memory and of views.</summary>
public sealed class TensorLimitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1e300, "infinite")]
    [InlineData(-1e300, "minus infinite")]
    public void ToMatrix_DoubleBeyondSinglePrecision_IsRefused(double value, string word)
    {
        double[] values = [1, value];
        var view = Store(ElementType.F64, MemoryMarshal.AsBytes<double>(values).ToArray(), [2]);

        var error = Assert.Throws<CheckpointException>(() => view.ToMatrix());

        Assert.Contains($"[1] is {word}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToMatrix_NotFiniteFarFromTheStart_NamesItsPlace()
    {
        const int Place = (1 << 20) + 5; // in the second chunk of a row
        float[] values = new float[Place + 3];
        values[Place] = float.NaN;
        var view = Store(ElementType.F32, MemoryMarshal.AsBytes<float>(values).ToArray(), [1, values.Length]);

        var error = Assert.Throws<CheckpointException>(() => view.ToMatrix());

        Assert.Contains($"[0, {Place}] is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToMatrix_NotFiniteBesideAnAxisOfOne_NamesItsPlace()
    {
        // PyTorch gives an axis of one index any stride.
        float[] values = [0, 1, float.NaN];
        var tensor = Store(ElementType.F32, MemoryMarshal.AsBytes<float>(values).ToArray(), [1, 3]).Tensor with { Strides = [1, 1] };

        var error = Assert.Throws<CheckpointException>(() => tensor.View().ToMatrix());

        Assert.Contains("[0, 2] is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToMatrix_MoreElementsThanAnArrayHolds_SaysSo()
    {
        string path = _folder.PathOf("sparse.bin");
        using (var file = File.Create(path))
            file.SetLength(50_000L * 50_000 * 2);
        var info = new TensorInfo("tensor", ElementType.F16, [50_000, 50_000], path);
        var view = new StoredTensor(info, ReadOnlyFile.Open(path), 0, StoredTensor.ContiguousStrides(info.Shape)).View();

        var error = Assert.Throws<CheckpointException>(() => view.ToMatrix());

        Assert.Contains("does not fit memory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToMatrix_Buffer_IsUsedWhereItsLengthIsRight()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        var view = Store(ElementType.F32, MemoryMarshal.AsBytes<float>(values).ToArray(), [2, 3]);
        float[] right = new float[6];
        float[] wrong = new float[7];

        Assert.Equal(values, view.ToMatrix(right).Values.ToArray());
        Assert.Equal(values, view.ToMatrix(wrong).Values.ToArray());
        Assert.Equal(values, right);
        Assert.Equal(new float[7], wrong);
    }

    [Theory]
    [InlineData(0, 2, 1)]
    [InlineData(0, 1, 2)]
    [InlineData(1, 3, 1)]
    public void Slice_BeyondTheEnd_IsRefused(int dimension, long from, long count)
    {
        var view = Store(ElementType.F32, new byte[24], [2, 3]);

        Assert.Throws<ArgumentOutOfRangeException>(() => view.Slice(dimension, from, count));
    }

    private TensorView Store(ElementType type, byte[] bytes, long[] shape)
    {
        string path = _folder.PathOf($"{Guid.NewGuid():n}.bin");
        File.WriteAllBytes(path, bytes);
        var info = new TensorInfo("tensor", type, shape, path);
        return new StoredTensor(info, ReadOnlyFile.Open(path), 0, StoredTensor.ContiguousStrides(shape)).View();
    }
}
