using Microsoft.ML;
using OVPipeline.Core;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class ContextEngineTests
{
    private readonly IScoringEngine _device = new CpuEngine(); // stands for a device: which one is asked for is what is tested
    private string? _opened;

    [Theory]
    [InlineData(0, false, "cuda:0")]
    [InlineData(3, true, "cuda:3")]
    public void Of_DeviceThatIsThere_OpensIt(int id, bool fallback, string name)
    {
        Assert.Same(_device, ContextEngine.Of(new() { GpuDeviceId = id, FallbackToCpu = fallback }, Open));
        Assert.Equal(name, _opened);
    }

    [Fact]
    public void FromContext_NoDeviceAskedFor_IsTheProcessor() => Assert.Same(CpuEngine.Shared, TorchEngine.FromContext(new()));

    [Fact]
    public void Of_DeviceNotThereAndFallingBackAllowed_IsTheProcessorAndTheLogSaysWhy()
    {
        List<string> log = [];
        var ml = new MLContext { GpuDeviceId = 5, FallbackToCpu = true };
        ml.Log += (_, message) => log.Add(message.RawMessage);
        Assert.Same(CpuEngine.Shared, ContextEngine.Of(ml, Missing));
        Assert.Contains("There is no cuda:5: none. Scoring on the processor, as FallbackToCpu allows.", log);
    }

    [Fact]
    public void Of_DeviceNotThere_IsAnErrorInOneSentence()
    {
        var error = Assert.Throws<TorchUnavailableException>(() => ContextEngine.Of(new() { GpuDeviceId = 5 }, Missing));
        Assert.Equal("There is no cuda:5: none; MLContext.FallbackToCpu = true scores on the processor.", error.Message);
    }

    [Fact]
    public void FromContext_DeviceNotThereOnThisMachine_IsAnError()
    {
        NativeFiles.SkipWithoutBackend();
        Assert.SkipWhen(NativeFolders.HasCuda && torch.cuda.device_count() > 7, "There is one.");
        var ml = new MLContext { GpuDeviceId = 7 };
        Assert.StartsWith("There is no cuda:7: ", Assert.Throws<TorchUnavailableException>(() => TorchEngine.FromContext(ml)).Message,
            StringComparison.Ordinal);
        ml.FallbackToCpu = true;
        Assert.Same(CpuEngine.Shared, TorchEngine.FromContext(ml));
    }

    [Fact]
    public void FromContext_NumberBelowZero_IsRefusedEvenIfFallingBackIsAllowed() => Assert.Throws<ArgumentException>(
        () => TorchEngine.FromContext(new() { GpuDeviceId = -1, FallbackToCpu = true }));

    private IScoringEngine Open(string name)
    {
        _opened = name;
        return _device;
    }

    private static IScoringEngine Missing(string name) => throw new TorchUnavailableException($"There is no {name}: none.");
}
