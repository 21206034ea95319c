using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public class TorchLibraryTests
{
    [Fact]
    public void EnsureLoaded_TwoTensors_Multiply()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        Assert.Null(TorchLibrary.WhyUnavailable());
        using var scope = torch.NewDisposeScope();
        var a = torch.tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2);
        var b = torch.tensor(new float[] { 5, 6, 7, 8 }).reshape(2, 2);
        var product = a.matmul(b);
        Assert.Equal([19, 22, 43, 50], product.data<float>().ToArray());
    }

    [Fact]
    public void EnsureLoaded_ErrorOfLibtorch_ComesAsAnException()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        torch.Tensor a = torch.zeros(2, 3), b = torch.zeros(4, 5);
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => a.Plus(b));
    }

    [Fact]
    public void EnsureLoaded_BuiltWithoutLibtorch_SaysHowToGetIt()
    {
        Assert.SkipWhen(NativeFiles.HasBackend, "Built with libtorch.");
        Assert.Contains("TorchBackend=cpu", Assert.Throws<TorchUnavailableException>(TorchLibrary.EnsureLoaded).Message,
            StringComparison.Ordinal);
    }
}
