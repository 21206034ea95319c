using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// 8-bit floats, alone and with their scales: bytes and values worked out by hand from OCP's FP8 and from each writer's form.
/// </summary>
public sealed class ScaledTensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("F8_E4M3", 0x00, 0f)]
    [InlineData("F8_E4M3", 0x01, 0.001953125f)] // 2^-9, the smallest
    [InlineData("F8_E4M3", 0x07, 0.013671875f)]
    [InlineData("F8_E4M3", 0x08, 0.015625f)] // 2^-6, the smallest with a leading 1
    [InlineData("F8_E4M3", 0x38, 1f)]
    [InlineData("F8_E4M3", 0x39, 1.125f)]
    [InlineData("F8_E4M3", 0xB8, -1f)]
    [InlineData("F8_E4M3", 0x78, 256f)] // no exponent is kept for infinities
    [InlineData("F8_E4M3", 0x7E, 448f)] // the largest
    [InlineData("F8_E5M2", 0x01, 1.52587890625e-05f)] // 2^-16, the smallest
    [InlineData("F8_E5M2", 0x3C, 1f)]
    [InlineData("F8_E5M2", 0xBD, -1.25f)]
    [InlineData("F8_E5M2", 0x7B, 57344f)] // the largest
    public void Read_ByteWithoutScales_IsItsValue(string type, byte bits, float value) =>
        Assert.Equal([value], CheckpointTensors.Open(Write(("a", type, [1], [bits]))).Read("a"));

    [Theory]
    [InlineData("F8_E4M3", 0x7F, "NaN")]
    [InlineData("F8_E4M3", 0xFF, "NaN")]
    [InlineData("F8_E5M2", 0x7C, "infinite")]
    public void Read_ByteThatIsNoNumber_IsRefused(string type, byte bits, string said) =>
        Assert.Contains(said, Assert.Throws<CheckpointException>(
            () => CheckpointTensors.Open(Write(("a", type, [1], [bits]))).Read("a")).Message, StringComparison.Ordinal);

    [Theory]
    // [3, 5] of ones: by blocks of 2 x 2, the last ones cut ...
    [InlineData("w_scale_inv", new long[] { 2, 3 }, new float[] { 1, 2, 3, 4, 5, 6 }, "1 1 2 2 3 1 1 2 2 3 4 4 5 5 6")]
    // ... by rows, of which writers make a vector or a column ...
    [InlineData("w_scale", new long[] { 3 }, new float[] { 1, 2, 3 }, "1 1 1 1 1 2 2 2 2 2 3 3 3 3 3")]
    [InlineData("w_scale", new long[] { 3, 1 }, new float[] { 1, 2, 3 }, "1 1 1 1 1 2 2 2 2 2 3 3 3 3 3")]
    // ... by groups of a row's elements ...
    [InlineData("w_scale", new long[] { 3, 2 }, new float[] { 1, 2, 3, 4, 5, 6 }, "1 1 1 1 2 3 3 3 3 4 5 5 5 5 6")]
    // ... or as a whole.
    [InlineData("w_scale", new long[] { }, new float[] { 7 }, "7 7 7 7 7 7 7 7 7 7 7 7 7 7 7")]
    [InlineData("w_scale", new long[] { 1, 1 }, new float[] { 7 }, "7 7 7 7 7 7 7 7 7 7 7 7 7 7 7")]
    [InlineData("w.scale", new long[] { 1 }, new float[] { 7 }, "7 7 7 7 7 7 7 7 7 7 7 7 7 7 7")]
    [InlineData("scale_w", new long[] { 1 }, new float[] { 7 }, "7 7 7 7 7 7 7 7 7 7 7 7 7 7 7")]
    [InlineData("input_scale", new long[] { 1 }, new float[] { 7 }, "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    public void Of_ScalesBeside_MultiplyElements(string name, long[] shape, float[] scales, string expected) =>
        Assert.Equal(expected.Split(' ').Select(float.Parse), Scaled(name, shape, scales).View().ToMatrix().Values.ToArray());

    [Fact]
    public void Of_PartOfAMatrixTransposed_HasTheScalesOfItsPlace()
    {
        var view = Scaled("w_scale_inv", [2, 3], [1, 2, 3, 4, 5, 6]).View().Slice(0, 1, 2).Slice(1, 1, 3).Transpose();

        Assert.Equal([1f, 4, 2, 5, 2, 5], view.ToMatrix().Values.ToArray());
    }

    [Theory]
    [InlineData("w_scale", new long[] { 4 }, "are not of a matrix [3, 5], its rows or its blocks")]
    [InlineData("w_scale_inv", new long[] { 2, 4 }, "are not of a matrix [3, 5], its rows or its blocks")]
    [InlineData("w_scale", new long[] { 3, 1, 1 }, "are not of a matrix [3, 5], its rows or its blocks")]
    [InlineData("w_global_scale", new long[] { 1 }, "have scales in a form that is not known here")]
    public void Of_ScalesThatAreNotUnderstood_AreAnErrorOnReading(string name, long[] shape, string said)
    {
        var tensor = Scaled(name, shape, new float[shape.Aggregate(1L, (a, b) => a * b)]);

        var error = Assert.Throws<CheckpointException>(() => tensor.View().ToMatrix());

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ProductBeyondSinglePrecision_IsRefused()
    {
        var tensor = Scaled("w_scale", [1], [3e38f], 0x40);

        var error = Assert.Throws<CheckpointException>(() => tensor.View().ToMatrix());

        Assert.Contains("by its scale", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A matrix <c>m.w</c> [3, 5] of ones, with scales under a name.</summary>
    private StoredTensor Scaled(string name, long[] shape, float[] scales, byte bits = 0x38)
    {
        var opened = CheckpointTensors.Open(Write(
            ("m.w", "F8_E4M3", [3, 5], [.. Enumerable.Repeat(bits, 15)]), ($"m.{name}", "F32", shape, RawSafetensors.Singles(scales))));
        return ScaledTensors.Of(opened.Contents.Tensors).Single(tensor => tensor.Info.Name == "m.w");
    }

    private string Write(params (string, string, long[], byte[])[] tensors) =>
        RawSafetensors.Write(_folder.PathOf($"{Guid.NewGuid():n}.safetensors"), tensors);
}
