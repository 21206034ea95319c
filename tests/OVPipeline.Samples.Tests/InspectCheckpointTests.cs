using Xunit;

namespace OVPipeline.Samples.Tests;

public sealed class InspectCheckpointTests
{
    private static readonly string s_fixtures = Path.Combine(MainJob.FindRoot(), "tests", "OVPipeline.Checkpoints.Tests", "Fixtures");

    [Fact]
    public void InspectCheckpoint_EmbeddedModel_ShowsSizesTensorsTokensAndChecks()
    {
        var run = SampleProcess.Run("InspectCheckpoint");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string expected in new[] { "TransformerLens", "3,142", "blocks.1.attn.W_O", "[12, 16, 192]", "raw weights", "decoded to the same text", "every value is finite" })
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void InspectCheckpoint_Folding_SaysWhatWasDone()
    {
        var run = SampleProcess.Run("InspectCheckpoint", "--model", Path.Combine(s_fixtures, "Architectures", "gpt2"), "--fold-layer-norm", "--fold-value-biases", "--no-check");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string expected in new[] { "GPT-2", "layer norm is folded", "b_V is folded into b_O", "no tokenizer" })
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Checks", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.pth", "posix.system")]
    [InlineData("legacy.pth", "save it again")]
    [InlineData("missing.pth", "no such file")]
    public void InspectCheckpoint_BadFile_IsOneSentenceAndExitCode2(string file, string named)
    {
        var run = SampleProcess.Run("InspectCheckpoint", "--model", Path.Combine(s_fixtures, "PyTorch", file));
        Assert.Equal((2, ""), (run.ExitCode, run.Output.Trim()));
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
