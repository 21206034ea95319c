using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using OVPipeline.Core.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>Models of 23 tokens and other outputs: they run, and predict no next token.</summary>
public sealed class OutputVocabularyTests
{
    private const string Why = "small has 23 tokens and 2 outputs, which are not these tokens: it predicts no next token.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(1), InlineData(2), InlineData(40)]
    public void Forward_OtherOutputs_AgreesWithPlainLoopsAndComesBackFromFiles(int outputs)
    {
        var config = Config(outputs);
        using var model = TestModels.Random(config);
        using var scope = torch.NewDisposeScope();
        int[][] sequences = TestModels.Sequences(model.Config);
        var batch = TestModels.Batch(sequences);
        var plain = sequences.Select(tokens => new PlainForward(model.Config, model.Weights).Run(tokens)).ToArray();
        using var pass = model.Run(batch, ForwardParts.Logits | ForwardParts.Patterns);
        Assert.Equal([2L, 9, outputs], pass.Logits.shape);
        Assert.InRange(TestModels.Difference(plain.SelectMany(p => p.Logits).SelectMany(row => row), pass.Logits), 0, 2e-4);
        Assert.Equal((outputs, outputs), (model.Weights.Config.OutputVocabulary, model.Weights.W_U.Columns));

        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            model.Save(folder);
            Assert.Contains($"\"d_vocab_out\": {outputs}", File.ReadAllText(Path.Combine(folder, "config.json")), StringComparison.Ordinal);
            using var again = Transformer.Load(folder);
            Assert.Equal(model.Config, again.Config);
            Assert.Equal(0, (model.forward(batch) - again.forward(batch)).abs().max().item<float>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Run_Losses_NeedTargets()
    {
        var config = Config(2);
        using var model = TestModels.Random(config);
        using var scope = torch.NewDisposeScope();
        int[][] sequences = TestModels.Sequences(model.Config);
        var batch = TestModels.Batch(sequences);
        Assert.Equal(Why, Assert.Throws<ArgumentException>(() => model.Run(batch, ForwardParts.Losses)).Message);
        var targets = TestModels.Batch([.. sequences.Select(row => row.Select(id => id % 2).ToArray())]);
        using var pass = model.Run(batch, ForwardParts.Losses | ForwardParts.Logits, targets: targets);
        var expected = torch.nn.functional.cross_entropy(pass.Logits.view(-1, 2), targets.flatten(), reduction: torch.nn.Reduction.None);
        Assert.InRange((expected.view(2, 9) - pass.Losses).abs().max().item<float>(), 0, 1e-5);
    }

    [Fact]
    public void LoadHeadBehaviour_OtherOutputs_MeasuresWhatHeadsAttendTo()
    {
        using var model = TestModels.Random(Config(2));
        var ml = new MLContext(seed: 1);
        var checkpoint = new TransformerCheckpoint(model.Weights, new Vocabulary([.. Enumerable.Range(0, 23).Select(i => $"t{i}")]));
        var view = ml.Data.LoadHeadBehaviour(checkpoint, new() { Sequences = 3 }, [new HeadIndex(0, 1)], cancellationToken: Token);
        var rows = ml.Data.CreateEnumerable<HeadBehaviourRow>(view, reuseRowObject: false).ToArray();

        // The same model to its own tokens attends in the same way.
        using var tokens = TestModels.Random(Config(2) with { OutputVocabulary = null });
        using (torch.no_grad())
            foreach (var (name, parameter) in tokens.named_parameters())
                if (!name.StartsWith("unembed", StringComparison.Ordinal))
                    parameter.copy_(model.get_parameter(name)!);
        var same = new TransformerCheckpoint(tokens.Weights, checkpoint.Vocabulary);
        var expected = ml.Data.CreateEnumerable<HeadBehaviourRow>(
            ml.Data.LoadHeadBehaviour(same, new() { Sequences = 3 }, [new HeadIndex(0, 1)], cancellationToken: Token), false).ToArray();
        Assert.Equal(expected.Select(row => (row.InductionScore, row.InductionScoreWithout, row.PreviousTokenScore)),
            rows.Select(row => (row.InductionScore, row.InductionScoreWithout, row.PreviousTokenScore)));
        Assert.All(rows, row => Assert.True(double.IsNaN(row.CopyingTop1) && double.IsNaN(row.CopyingTop5)));
        Assert.All(rows, row => Assert.True(double.IsNaN(row.RepeatAccuracy) && row.RepeatAccuracyBySequence.Length == 0));
        Assert.All(expected, row => Assert.False(double.IsNaN(row.RepeatAccuracy) || double.IsNaN(row.CopyingTop5)));
    }

    [Theory, InlineData(2), InlineData(300)]
    public void Score_OtherOutputs_IsTheCpuEngines(int outputs)
    {
        NativeFiles.SkipWithoutBackend();
        using var engine = new TorchEngine("cpu", TorchEngine.DefaultMemoryBudget);
        var columns = new OutputColumns(TestMatrices.Random(5, outputs, 3));
        var rows = TestMatrices.Random(40, 5, 4);
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => (7 * i % (outputs + 1)) - 1)];
        var options = new ScoringOptions { TopK = 2, LabelRank = true, LabelLogLoss = true, Probabilities = true };
        ScoredRows ours = new(options, 40, outputs), theirs = new(options, 40, outputs);
        CpuEngine.Shared.Score(columns, rows.Data, labels, ours, Token);
        engine.Score(columns, rows.Data, labels, theirs, Token);
        Assert.Equal(ours.TopTokens, theirs.TopTokens);
        Assert.Equal(ours.LabelRanks, theirs.LabelRanks);
        Assert.Equal(ours.Probabilities, theirs.Probabilities, (a, b) => Math.Abs(a - b) <= 1e-5);
    }

    private static AttentionOnlyConfig Config(int outputs) =>
        TestModels.Config(PositionKind.Standard, NormalizationKind.LN, biases: true) with { OutputVocabulary = outputs };
}
