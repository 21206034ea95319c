using OVPipeline.Peers;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>A published encoder against ONNX Runtime, from the same file.</summary>
public sealed class OnnxPeersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-peers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Residual_OfMiniLM_IsOnnxRuntimes()
    {
        NativeFiles.SkipWithoutBackend();
        var result = OnnxComparison.OfMiniLM(_folder);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result}");
        Assert.InRange(result.Difference, 0, PeerResult.SingleTolerance);
    }

    [Fact]
    public void Residual_OfPaddedBatchOfMiniLM_IsOnnxRuntimes()
    {
        NativeFiles.SkipWithoutBackend();
        var result = OnnxComparison.OfPaddedMiniLM(_folder);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result}");
        Assert.InRange(result.Difference, 0, PeerResult.SingleTolerance);
    }
}
