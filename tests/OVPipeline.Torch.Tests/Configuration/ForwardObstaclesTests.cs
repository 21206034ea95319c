using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>What keeps a model from being run is said in words, each by itself.</summary>
public sealed class ForwardObstaclesTests
{
    private static readonly TransformerConfig s_whole = new()
    {
        Name = "whole",
        Layers = 2,
        Heads = 4,
        DModel = 8,
        DHead = 4,
        Vocabulary = 11,
        Context = 6,
        Normalization = "RMS",
        PositionalEmbedding = "rotary",
        Forward = new() { Mlp = new(5, ActivationKind.Silu, Gated: true), Rotary = new() { Dimensions = 4 }, KeyValueHeads = 2 },
    };

    [Fact]
    public void Of_ModelThatIsToldWhole_IsEmpty()
    {
        Assert.Empty(ForwardObstacles.Of(Weights(s_whole)));
        Assert.Null(Transformer.WhyUnavailable(Weights(s_whole)));
    }

    [Theory]
    [InlineData(ForwardFeature.Experts, "needs experts, which is not run here")]
    [InlineData(ForwardFeature.AttentionSinks, "needs attention sinks, which is not run here")]
    [InlineData(ForwardFeature.CrossAttention, "needs cross attention, which is not run here")]
    [InlineData(ForwardFeature.SinusoidalPositions, "needs sinusoidal positions, which is not run here")]
    [InlineData(ForwardFeature.RelativePositions, "needs relative positions, which is not run here")]
    [InlineData(ForwardFeature.Other, "needs other, which is not run here")]
    [InlineData(ForwardFeature.Mlp, "has MLPs, and its layout does not tell")]
    [InlineData(ForwardFeature.ParallelMlp, "has attention and MLP in parallel, and its layout does not tell")]
    [InlineData(ForwardFeature.RotaryScaling, "has scaled rotary frequencies, and its layout does not tell")]
    [InlineData(ForwardFeature.RotaryAdjacentPairs, "adjacent pairs, and its layout does not tell")]
    [InlineData(ForwardFeature.RotaryLocalBase, "layers with a window, and its layout does not tell")]
    [InlineData(ForwardFeature.LayersWithoutPositions, "layers without positions, and its layout does not tell")]
    [InlineData(ForwardFeature.Alibi, "has ALiBi, and its layout does not tell")]
    [InlineData(ForwardFeature.SlidingWindow, "has sliding window, and its layout does not tell")]
    [InlineData(ForwardFeature.QueryKeyNorm, "has norms of queries and keys, and its layout does not tell")]
    [InlineData(ForwardFeature.EmbeddingNorm, "has norm after the embedding, and its layout does not tell")]
    [InlineData(ForwardFeature.NormAfterAttention, "has norm after attention, and its layout does not tell")]
    [InlineData(ForwardFeature.ResidualThroughNorm, "has residual stream through the norms, and its layout does not tell")]
    [InlineData(ForwardFeature.ScoreFactor, "has factor of scores, and its layout does not tell")]
    [InlineData(ForwardFeature.ScoreCap, "has soft cap of scores, and its layout does not tell")]
    [InlineData(ForwardFeature.LogitFactor, "has factor of logits, and its layout does not tell")]
    [InlineData(ForwardFeature.LogitCap, "has soft cap of logits, and its layout does not tell")]
    [InlineData(ForwardFeature.ResidualFactor, "has factor of what layers write, and its layout does not tell")]
    [InlineData(ForwardFeature.ClippedProjections, "has queries, keys and values clipped, and its layout does not tell")]
    public void Of_NeedThatIsNotToldOrNotDone_IsAClause(ForwardFeature feature, string clause) =>
        Says(clause, s_whole with { ForwardNeeds = new([new(feature)]) });

    [Fact]
    public void Of_NeedsThatAreTold_IsEmpty()
    {
        ForwardFeature[] told = [ForwardFeature.GatedMlp, ForwardFeature.RotaryPositions, ForwardFeature.RotaryBase,
            ForwardFeature.GroupedQueries, ForwardFeature.EmbeddingFactor];
        Assert.Empty(ForwardObstacles.Of(Weights(s_whole with { ForwardNeeds = new(told.Select(one => new ForwardNeed(one))) })));
    }

    [Theory]
    [InlineData(WeightKind.W_gate, "W_gate is missing")]
    [InlineData(WeightKind.W_in, "W_in is missing")]
    [InlineData(WeightKind.W_U, "W_U is missing")]
    [InlineData(WeightKind.ln2_w, "of its RMS norms' weights ln2_w are missing")]
    [InlineData(WeightKind.ln_final_w, "of its RMS norms' weights ln_final_w are missing")]
    public void Of_WeightMissing_NamesIt(WeightKind missing, string clause) => Says(clause, s_whole, kind => kind != missing);

    [Theory]
    [InlineData(WeightKind.ln1_b, "it has ln1_b, and RMS norms have no biases")]
    [InlineData(WeightKind.q_norm_w, "it has norms of queries and keys (q_norm)")]
    public void Of_WeightThatNothingTellsOf_SaysSo(WeightKind more, string clause) =>
        Says(clause, s_whole, kind => true, more);

    [Fact]
    public void Of_ConfigurationThatCannotBe_SaysWhat()
    {
        var forward = s_whole.Forward!;
        Says("its layout does not tell how they are computed", s_whole with { Forward = null });
        Says("its 4 heads cannot share 3", s_whole with { Forward = forward with { KeyValueHeads = 3 } });
        Says("turn 3 of 4 dimensions", s_whole with { Forward = forward with { Rotary = new() { Dimensions = 3 } } });
        Says("turn 6 of 4 dimensions", s_whole with { Forward = forward with { Rotary = new() { Dimensions = 6 } } });
        Says("windows of 1 layers, and 2 layers", s_whole with { Forward = forward with { Windows = [2] } });
        Says("both directions and has windows", s_whole with { Bidirectional = true, Forward = forward with { Windows = [2, 0] } });
        Says("cap of scores is 0", s_whole with { Forward = forward with { ScoreCap = 0 } });
        Says("activation 99", s_whole with { Forward = forward with { Mlp = new(5, (ActivationKind)99, true) } });
        Says("nothing says from what context", s_whole with
        {
            Forward = forward with { Rotary = new() { Dimensions = 4, Scaling = new() { Kind = RotaryScalingKind.Yarn, Factor = 2 } } },
        });
        Says("normalization is Batch", s_whole with { Normalization = "Batch" });
        Says("positions are learned-somehow", s_whole with { PositionalEmbedding = "learned-somehow" });
        Says("what is not covered: x true", s_whole with { NotRun = "x true" });
        Says("W_pos is missing", s_whole with { PositionalEmbedding = "standard", Forward = forward with { Rotary = null } });
    }

    [Fact]
    public void FromWeights_ShapeThatContradictsTheConfiguration_SaysBoth()
    {
        NativeFiles.SkipWithoutBackend();
        var weights = new InMemoryWeights();
        var fit = Weights(s_whole);
        foreach (var kind in Enum.GetValues<WeightKind>().Where(fit.Has))
            foreach (var head in s_whole.AllHeads)
                weights.Set(kind, head, kind == WeightKind.W_in ? new Matrix(8, 7) : fit.Read(kind, head));
        var error = Assert.Throws<InvalidOperationException>(() => Transformer.FromWeights(new(s_whole, weights)));
        Assert.Contains("W_in has shape", error.Message, StringComparison.Ordinal);
        Assert.Contains("[8, 5]", error.Message, StringComparison.Ordinal);
    }

    private static void Says(string clause, TransformerConfig config, Func<WeightKind, bool>? has = null, params WeightKind[] more)
    {
        var weights = Weights(config, has, more);
        Assert.Contains(ForwardObstacles.Of(weights), reason => reason.Contains(clause, StringComparison.Ordinal));
        var error = Assert.Throws<CheckpointException>(() => Transformer.FromWeights(weights));
        Assert.Contains(clause, error.Message, StringComparison.Ordinal);
        Assert.Contains(clause, Transformer.WhyUnavailable(weights), StringComparison.Ordinal);
    }

    private static TransformerWeights Weights(TransformerConfig config, Func<WeightKind, bool>? has = null, params WeightKind[] more)
    {
        HashSet<WeightKind> kinds =
        [
            WeightKind.W_E, WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O, WeightKind.W_U, WeightKind.ln1_w,
            WeightKind.ln2_w, WeightKind.ln_final_w, WeightKind.W_in, WeightKind.W_gate, WeightKind.W_out, .. more,
        ];
        var source = new InMemoryWeights();
        foreach (var kind in kinds.Where(kind => has?.Invoke(kind) ?? true))
            foreach (var head in s_whole.AllHeads)
            {
                var (rows, columns) = s_whole.ShapeOf(kind);
                source.Set(kind, head, new Matrix(rows, columns));
            }
        return new(config, source);
    }
}
