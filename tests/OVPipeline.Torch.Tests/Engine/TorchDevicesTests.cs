using System.Runtime.InteropServices;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public class TorchDevicesTests
{
    [Theory]
    [InlineData("cpu", null)]
    [InlineData("cuda", 0)]
    [InlineData("cuda:0", 0)]
    [InlineData("cuda:12", 12)]
    public void Parse_NameOfADevice_GivesItsNumber(string name, int? index) => Assert.Equal(index, TorchDevices.Parse(name));

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CUDA")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:99999999999")]
    [InlineData("torch-cpu")]
    public void Parse_AnythingElse_SaysWhatThereIs(string name)
    {
        var error = Assert.Throws<ArgumentException>(() => TorchDevices.Parse(name));
        Assert.Contains($"cpu, cuda or cuda:N with N from 0; was '{name}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, true, "cuda:1: this machine has one CUDA device, cuda:0")]
    [InlineData(8, 4, true, "cuda:8: this machine has 4 CUDA devices, cuda:0 to cuda:3")]
    [InlineData(0, 0, true, "driver")]
    [InlineData(0, 0, false, "TorchBackend=cuda-linux")]
    public void NotThere_EveryReason_IsSaid(int wanted, int count, bool hasLibrary, string says) =>
        Assert.Contains(says, TorchDevices.NotThere(wanted, count, hasLibrary).Message, StringComparison.Ordinal);

    [Fact]
    public void TorchEngine_NoCudaDevice_SaysSo()
    {
        NativeFiles.SkipWithoutBackend();
        Assert.SkipWhen(NativeFolders.HasCuda && torch.cuda.is_available(), "There is one.");
        var error = Assert.Throws<TorchUnavailableException>(() => new TorchEngine("cuda:1"));
        Assert.Contains("There is no cuda:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TorchEngine_WithoutLibtorch_NamesTheProperty()
    {
        Assert.SkipWhen(NativeFiles.HasBackend, "Built with libtorch.");
        var error = Assert.Throws<TorchUnavailableException>(() => new TorchEngine("cpu"));
        Assert.Contains("TorchBackend=cpu", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TorchEngine_BudgetBelowTheLeast_SaysBoth()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new TorchEngine("cpu", 1000));
        Assert.Contains("at least 1048576 bytes, was 1000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeviceFailure_MemoryThatIsNotThere_IsRecognised()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        var error = Assert.Throws<ExternalException>(() => torch.empty(1L << 50));
        Assert.True(DeviceFailure.IsOutOfMemory(error.Message), error.Message);
        Assert.True(DeviceFailure.IsOutOfMemory("CUDA out of memory. Tried to allocate 2.00 GiB."));
        Assert.Contains("cuda:0 has too little free memory: up to 1,024 MiB are needed",
            DeviceFailure.OutOfMemory("cuda:0", 1L << 30, error).Message, StringComparison.Ordinal);
    }
}
