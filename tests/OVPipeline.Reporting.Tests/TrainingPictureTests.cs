using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests;

public sealed class TrainingPictureTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.png");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Save_Panels_DrawsEachBelowTheOther()
    {
        var line = new ChartSeries("loss", [1, 2, 3], [3, double.NaN, 1]);
        TrainingPicture.Save(_path, "title", "tokens", [new("nats", [line])]);
        int one = Height();
        TrainingPicture.Save(
            _path, "title", "tokens", [new("nats", [line]), new("%", [line, line with { Name = "other" }]), new("score", [line])]);
        Assert.Equal(3 * one, Height());
    }

    [Fact]
    public void Save_NothingToDraw_SaysSo()
    {
        Assert.Throws<ArgumentException>(() => TrainingPicture.Save(_path, "title", "tokens", []));
        Assert.Throws<ArgumentException>(() => TrainingPicture.Save(_path, "title", "tokens", [new("nats", [])]));
        var uneven = Assert.Throws<ArgumentException>(
            () => TrainingPicture.Save(_path, "title", "tokens", [new("nats", [new("loss", [1, 2], [3])])]));
        Assert.Contains("'loss' has 2 positions for 1 values", uneven.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_path));
    }

    // A PNG's height is the big-endian number at byte 20.
    private int Height() => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(File.ReadAllBytes(_path).AsSpan(20));
}
