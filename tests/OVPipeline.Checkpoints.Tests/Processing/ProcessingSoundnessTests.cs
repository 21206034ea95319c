using System.Text.Json;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Whatever options a model is loaded with, it computes what it computes without them.</summary>
public sealed class ProcessingSoundnessTests : IDisposable
{
    private const double Tolerance = 1e-9;
    private static readonly string[] s_positions = ["standard", "shortformer", "rotary", "alibi", "none"];
    private static readonly string[] s_normalizations = ["LN", "LNPre", "RMS", "RMSPre", "none"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, bool, string> Kinds
    {
        get
        {
            TheoryData<string, string, bool, string> kinds = [];
            foreach (string positions in s_positions)
                foreach (string normalization in s_normalizations)
                    foreach (bool biases in new[] { true, false })
                        foreach (string mlp in new[] { "none", "serial", "parallel" })
                            kinds.Add(positions, normalization, biases, mlp);
            return kinds;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Load_EverySetOfOptions_KeepsWhatTheModelComputes(string positions, string normalization, bool biases, string mlp)
    {
        var kind = new ModelKind(positions, normalization) { Biases = biases, Mlp = mlp };
        AssertKept(kind, ModelFile.Config(kind), [kind]);
    }

    [Theory]
    [InlineData("standard", "LN"), InlineData("shortformer", "LN"), InlineData("rotary", "LNPre")]
    public void Load_RmsBeforeTheUnembedding_KeepsItsMean(string positions, string normalization)
    {
        var kind = new ModelKind(positions, normalization) { FinalRms = true };
        AssertKept(kind, ModelFile.Config(kind), [kind]);
    }

    [Theory]
    [InlineData("standard", "LN"), InlineData("shortformer", "none")]
    public void Load_CappedLogits_KeepsThem(string positions, string normalization)
    {
        var kind = new ModelKind(positions, normalization) { LogitCap = 1.5 };
        AssertKept(kind, ModelFile.Config(kind), [kind]);
    }

    [Theory]
    [InlineData("standard", "LN", true, false), InlineData("alibi", "LN", true, false), InlineData("rotary", "RMS", false, true)]
    [InlineData("standard", "LN", false, true), InlineData("shortformer", "LN", true, true), InlineData("rotary", "RMS", true, false)]
    public void Load_NormsElsewhere_KeepsWhatTheModelComputes(string positions, string normalization, bool embedding, bool after)
    {
        var kind = new ModelKind(positions, normalization) { EmbeddingNorm = embedding, NormAfterAttention = after };
        AssertKept(kind, ModelFile.Config(kind), [kind]);
    }

    [Fact]
    public void Load_Bidirectional_KeepsWhatTheModelComputes()
    {
        var kind = new ModelKind("standard", "LN") { Bidirectional = true };
        AssertKept(kind, ModelFile.Config(kind), [kind]);
    }

    [Theory]
    [InlineData("LN"), InlineData("RMS")]
    public void Load_PositionsNotSaid_HoldsForEitherKind(string normalization)
    {
        var kind = new ModelKind("standard", normalization);
        var config = ModelFile.Config(kind);
        config.Remove("positional_embedding_type");
        AssertKept(kind, config, [kind, kind with { Positions = "shortformer" }]);
    }

    [Theory]
    [InlineData("standard"), InlineData("shortformer"), InlineData("rotary")]
    public void Load_BareFileWithoutGains_HoldsForAnyNormalization(string positions)
    {
        var kind = new ModelKind(positions, "none");
        AssertKept(kind, null,
            [.. new[] { "none", "LNPre", "RMSPre" }.Select(normalization => kind with { Normalization = normalization })]);
    }

    // Rotary positions turn queries and keys after all that folding touches: these are run without.
    [Theory]
    [InlineData("gpt2", "standard", "LN"), InlineData("opt", "standard", "LN"), InlineData("gpt_neox", "none", "LN")]
    [InlineData("bloom", "alibi", "LN")]
    [InlineData("llama", "none", "RMS"), InlineData("mistral", "none", "RMS"), InlineData("qwen2", "none", "RMS")]
    [InlineData("gemma2", "none", "RMS")]
    [InlineData("transformer_lens_grouped", "standard", "LN")]
    public void Load_EveryLayout_KeepsWhatTheModelComputes(string name, string positions, string normalization)
    {
        string source = Repository.Fixture("Architectures", name);
        var kind = new ModelKind(positions, normalization) { EmbeddingNorm = name == "bloom", NormAfterAttention = name == "gemma2" };
        Dictionary<string, SafetensorsTensor> none = [];
        double[][] expected = new ReferenceForward(kind, TransformerCheckpoint.Load(source).Weights, none).Run(3, 10, 3, 6);
        foreach (var options in AllOptions)
        {
            var weights = TransformerCheckpoint.Load(source, options).Weights;
            double[][] found = new ReferenceForward(kind, weights, none).Run(3, 10, 3, 6);
            double difference = Difference(expected, found);
            Assert.True(difference < 2e-5,
                $"{options}: {difference:g3} ({string.Join("; ", weights.Processing)})"); // weights are in single precision
        }
    }

    private void AssertKept(ModelKind stored, Dictionary<string, object?>? config, ModelKind[] kinds)
    {
        var tensors = ModelFile.Tensors(stored, seed: 7);
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), [.. tensors.Values]);
        if (config is not null)
            File.WriteAllText(_folder.PathOf("config.json"), JsonSerializer.Serialize(config));
        string source = config is null ? _folder.PathOf("model.safetensors") : _folder.Path;
        var raw = TransformerCheckpoint.Load(source).Weights;
        foreach (var kind in kinds)
        {
            double[][] expected = new ReferenceForward(kind, raw, tensors).Run(3, 11, 3, 6);
            foreach (var options in AllOptions)
            {
                var weights = TransformerCheckpoint.Load(source, options).Weights;
                double[][] found = new ReferenceForward(kind, weights, tensors).Run(3, 11, 3, 6);
                double difference = Difference(expected, found);
                Assert.True(difference < Tolerance, $"{kind}, {options}: {difference:g3} ({string.Join("; ", weights.Processing)})");
            }
        }
    }

    private static double Difference(double[][] a, double[][] b) =>
        a.SelectMany(row => row).Zip(b.SelectMany(row => row)).Max(pair => Math.Abs(pair.First - pair.Second));

    private static IEnumerable<CheckpointOptions> AllOptions => Enumerable.Range(0, 16).Select(set => new CheckpointOptions
    {
        FoldLayerNorm = (set & 1) != 0,
        CenterWritingWeights = (set & 2) != 0,
        CenterUnembed = (set & 4) != 0,
        FoldValueBiases = (set & 8) != 0,
    });
}
