using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

public sealed class KnownModelsTests
{
    [Fact]
    public void Run_NoName_PrintsWhatThePageHas()
    {
        var run = SampleProcess.Run("KnownModels");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string page = File.ReadAllText(Path.Combine(SharedFiles.Root, "docs", "models.md")).ReplaceLineEndings("\n");
        const string Start = "<!-- known models -->\n";
        Assert.Equal(page[(page.IndexOf(Start, StringComparison.Ordinal) + Start.Length)..], run.Output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Run_Name_SaysWhatIsKnownOfIt()
    {
        var run = SampleProcess.Run("KnownModels", "attn-only-2l");
        Assert.StartsWith("NeelNanda/Attn_Only_2L512W_C4_Code (also attn-only-2l, ", run.Output, StringComparison.Ordinal);
        Assert.Equal(2, SampleProcess.Run("KnownModels", "no-such-model").ExitCode);
    }

    [Fact]
    public void Run_CopyingOverTraining_HasARowForEachCheckpointChosen()
    {
        var run = SampleProcess.Run("CopyingOverTraining", "--at", "1M,20M", "--heads", "1.1,1.7");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("5 checkpoints, 2 measured", run.Output, StringComparison.Ordinal);
        Assert.Contains("1.1 + 1.7", run.Output, StringComparison.Ordinal);
        Assert.Contains("37.2 %", run.Output, StringComparison.Ordinal);
        Assert.Contains("has no checkpoint 7M", SampleProcess.Run("CopyingOverTraining", "--at", "7M").Error, StringComparison.Ordinal);
    }
}
