using OVPipeline.Core;
using OVPipeline.Samples.InspectCheckpoint;
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
    public void InspectCheckpoint_BareFileWithoutGains_SaysThatNoNormIsSaid()
    {
        var run = SampleProcess.Run("InspectCheckpoint", "--model", Path.Combine(s_fixtures, "Architectures", "transformer_lens"), "--no-check");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches("normalization +not said: the file holds no gains", run.Output);
        Assert.DoesNotMatch("normalization +none", run.Output);
    }

    public static TheoryData<TransformerConfig, string, string, string?> Kinds
    {
        get
        {
            var config = new TransformerConfig { Name = "m", Layers = 1, Heads = 1, DModel = 4, DHead = 4, Vocabulary = 5 };
            return new()
            {
                { config, "none", "standard", null },
                { config with { Normalization = "unknown", PositionalEmbedding = "unknown" },
                    "not said: the file holds no gains, and no config.json tells the kind", "not said", null },
                { config with { Normalization = "LNPre", Bidirectional = true }, "LNPre", "standard", "bidirectional, scores divided by sqrt(d_head)" },
                { config with { Normalization = "LN", FinalNormalization = "RMS", AttentionScale = 1 },
                    "LN, before the unembedding RMS", "standard", "causal, scores divided by 1" },
                { config with { Normalization = "RMS", OtherNorm = "a norm after attention", ScaleByInverseLayer = true },
                    "RMS; a norm after attention", "standard", "causal, scores divided by sqrt(d_head) times the layer's number" },
            };
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void KindText_EveryKind_IsWhatItIs(TransformerConfig config, string normalization, string positions, string? attention) =>
        Assert.Equal((normalization, positions, attention), (KindText.Normalization(config), KindText.Positions(config), KindText.Attention(config)));

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
