using Xunit;

namespace OVPipeline.Torch.Tests;

public class NativeFoldersTests
{
    [Fact]
    public void Find_FileThatIsNotThere_SaysHowToGetIt()
    {
        var error = Assert.Throws<TorchUnavailableException>(() => NativeFolders.Find("libnothing.so"));
        Assert.Contains("TorchBackend=cpu", error.Message, StringComparison.Ordinal);
    }
}
