using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>The kinds of models that shared cases are of.</summary>
public sealed class SharedCasesTests
{
    [Fact]
    public void Load_ConfigThatWasReadPast_IsHonoured()
    {
        var config = Load("models", "tl-config-ignored").Config;
        Assert.Equal((true, 1.0, 0.1, "LN"), (config.Bidirectional, config.AttentionScale, config.NormEpsilon, config.Normalization));
    }

    [Fact]
    public void Load_ConfigOfNeelNandasForm_TellsNormAndPositions()
    {
        var config = Load("models", "neel-config").Config;
        Assert.Equal(("LN", "standard", null), (config.Normalization, config.PositionalEmbedding, config.NotRun));
    }

    [Fact]
    public void Load_FoldedBeforeItWasStored_IsOfUnknownNorm()
    {
        var weights = Load("checkpoints", "tl-folded");
        Assert.Equal(TransformerConfig.UnknownNormalization, weights.Config.Normalization);
        Assert.False(weights.LogitsAtModelScale);
    }

    [Fact]
    public void Load_SizesThatTransformerLensLeavesUnset_AreThoseOfTheTensors() =>
        Assert.True(
            Load("checkpoints", "tl-config-own").Config is { Vocabulary: > 0, Normalization: null, PositionalEmbedding: "standard" });

    private static TransformerWeights Load(string kind, string name) =>
        TransformerCheckpoint.Load(SharedFiles.PathOf("cases", kind, name)).Weights;
}
