using System.Text.Json;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Checkpoints of every layout, their norms held at the scales of the lone embedding.</summary>
public sealed class NormScaleTests
{
    public static TheoryData<string> Models =>
        ["transformer_lens", "transformer_lens_grouped", "gpt2", "gpt_neox", "opt", "llama", "mistral", "qwen2", "qwen3", "gemma"];

    [Theory, MemberData(nameof(Models))]
    public void Load_LoneEmbedding_IsTheEmbeddingReadThroughTheModelsOwnNorms(string name)
    {
        var folded = Load(name, new() { FoldLayerNorm = true }).Weights;
        if (folded.Config.Normalization == "unknown") // a file of no gains, with nothing beside it
        {
            var bare = Load(name, new() { NormScales = NormScaleSource.LoneEmbedding }).Weights;
            Assert.Equal("no norm's scale is held: which normalization the model has is not known", bare.Processing[^1]);
            Assert.False(bare.LogitsAtModelScale);
            return;
        }
        CheckpointOptions[] processing = [new(), new() { FoldLayerNorm = true, CenterUnembed = true, FoldValueBiases = true }];
        foreach (var options in processing)
        {
            var raw = Load(name, options).Weights;
            var held = Load(name, options with { NormScales = NormScaleSource.LoneEmbedding }).Weights;
            Assert.Equal((false, true), (raw.LogitsAtModelScale, held.LogitsAtModelScale));
            Assert.StartsWith("norm scales are those of the lone embedding", held.Processing[^1], StringComparison.Ordinal);
            var head = new HeadIndex(1, 2);
            var circuit = TokenCircuit.OfHeads(held, head);
            for (int token = 0; token < raw.Config.Vocabulary; token++)
            {
                double[] At(float[] at) => [.. folded.W_E.Row(token).ToArray().Select((value, i) => value + at[i])];
                double[] scales = [.. Positions(folded).Select(at => Inverse(folded, At(at)))];
                double[] row = [.. folded.W_E.Row(token).ToArray().Select(value => value * scales.Average() * scales.Average())];
                double[] expected = Centred(Times(Times(Times(row, folded.W_V(head)), folded.W_O(head)), folded.W_U));
                double[] actual = Centred(Times([.. circuit.H.Row(token).ToArray().Select(value => (double)value)], circuit.G));
                double size = expected.Max(Math.Abs);
                Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First / size, pair.Second / size, 1e-5));
            }
        }
    }

    [Theory]
    [InlineData("bloom", "no norm's scale is held: the layer norm after the embedding (word_embeddings_layernorm) is in no weight")]
    [InlineData("gemma2", "no norm's scale is held: the norm after attention (post_attention_layernorm) is in no weight")]
    public void Load_AnotherNormStandsBetween_SaysSoAndIsNotAtTheModelsScale(string name, string note)
    {
        var weights = Load(name, new() { NormScales = NormScaleSource.LoneEmbedding }).Weights;
        Assert.Equal(note, weights.Processing[^1]);
        Assert.False(weights.LogitsAtModelScale);
    }

    public static TheoryData<string, string> PositionsAndNorms
    {
        get
        {
            TheoryData<string, string> kinds = [];
            foreach (string positions in new[] { "standard", "shortformer", "rotary" })
                foreach (string norm in new[] { "LN", "LNPre", "RMS", "RMSPre" })
                    kinds.Add(positions, norm);
            return kinds;
        }
    }

    [Theory, MemberData(nameof(PositionsAndNorms))]
    public void Load_WithEveryOtherOption_HoldsTheSameScales(string positions, string norm)
    {
        using var folder = new TemporaryFolder();
        var kind = new ModelKind(positions, norm);
        SafetensorsWriter.Write(folder.PathOf("model.safetensors"), [.. ModelFile.Tensors(kind, seed: 5).Values]);
        File.WriteAllText(folder.PathOf("config.json"), JsonSerializer.Serialize(ModelFile.Config(kind)));
        double[][]? expected = null;
        for (int set = 0; set < 16; set++)
        {
            var options = new CheckpointOptions
            {
                FoldLayerNorm = (set & 1) != 0,
                CenterWritingWeights = (set & 2) != 0,
                CenterUnembed = (set & 4) != 0,
                FoldValueBiases = (set & 8) != 0,
                NormScales = NormScaleSource.LoneEmbedding,
            };
            var weights = TransformerCheckpoint.Load(folder.Path, options).Weights;
            Assert.True(weights.LogitsAtModelScale);
            var circuit = TokenCircuit.OfHeads(weights, new HeadIndex(0, 1), new HeadIndex(1, 0));
            double[][] rows = [.. Enumerable.Range(0, ModelFile.Tokens).Select(token => Row(circuit, token))];
            expected ??= rows;
            double size = expected.Max(row => row.Max(Math.Abs));
            var pairs = expected.SelectMany(row => row).Zip(rows.SelectMany(row => row));
            Assert.All(pairs, pair => Assert.Equal(pair.First / size, pair.Second / size, 1e-5));
        }

        static double[] Row(TokenCircuit circuit, int token) =>
            Centred(Times([.. circuit.H.Row(token).ToArray().Select(value => (double)value)], circuit.G));
    }

    [Fact]
    public void NormScalePlan_UnknownNormalization_IsNotCalledNone()
    {
        var config = new TransformerConfig
        {
            Name = "bare",
            Layers = 1,
            Heads = 1,
            DModel = 2,
            DHead = 1,
            Vocabulary = 3,
            Normalization = "unknown",
        };
        var plan = NormScalePlan.Of(NormScaleSource.LoneEmbedding, config);
        Assert.False(plan.Held);
        Assert.Equal(["no norm's scale is held: which normalization the model has is not known"], plan.Notes);
    }

    [Fact]
    public void WithWeights_OtherScales_KeepsTokensAndFiles()
    {
        var model = Load("llama", new());
        var scales = NormScales.OfLoneEmbedding(model.Weights, TestContext.Current.CancellationToken);
        var other = model.WithWeights(model.Weights.WithNormScales(scales));
        Assert.Same(model.Vocabulary, other.Vocabulary);
        Assert.Same(model.Tensors, other.Tensors);
        Assert.Equal(model.Layout, other.Layout);
        Assert.True(other.Weights.LogitsAtModelScale);
        Assert.Same(model.Weights, other.Weights.Model);
    }

    private static TransformerCheckpoint Load(string name, CheckpointOptions options) =>
        TransformerCheckpoint.Load(Repository.Fixture("Architectures", name), options);

    // Rows of what is added to an embedding before the norm: all positions, or one of zeros.
    private static IEnumerable<float[]> Positions(TransformerWeights weights) =>
        weights.Config.PositionalEmbedding == "standard" && weights.Has(WeightKind.W_pos)
            ? Enumerable.Range(0, weights.Config.Context).Select(at => weights.Read(WeightKind.W_pos).Row(at).ToArray())
            : [new float[weights.Config.DModel]];

    private static double Inverse(TransformerWeights weights, double[] row)
    {
        double[] centred = weights.Config.Normalization is "LN" or "LNPre" ? Centred(row) : row;
        return 1 / Math.Sqrt(centred.Average(value => value * value) + weights.Config.NormEpsilon);
    }

    private static double[] Centred(double[] row) => [.. row.Select(value => value - row.Average())];

    private static double[] Times(double[] row, Matrix map) =>
        [.. Enumerable.Range(0, map.Columns).Select(column => row.Select((value, i) => value * map[i, column]).Sum())];
}
