using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Fitting;

/// <summary>Pairs fitted to outputs that are not the tokens.</summary>
public sealed class OutputVocabularyCopierTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = OutputModel.Create();

    [Fact]
    public void Fit_LabelsOfTheOutputs_LearnsThem()
    {
        // The outputs of the direct path, which a pair of rank 3 reaches: W_E A B W_U with A B W_U of W_U's own span.
        int[] wanted = [.. OutputModel.Logits(TokenCircuit.Direct(_model.Weights)).Select(row => Array.IndexOf(row, row.Max()))];
        var data = _ml.Data.LoadVocabulary(_model, "Label", token => token == 5 ? null : wanted[token]);
        var trainer = _ml.OVCircuits().Trainers.LowRankCopier(_model, new LowRankCopierTrainer.Options
        {
            LabelColumnName = "Label",
            Fit = new() { Rank = 3 },
        });
        var pipeline = trainer.Append(_ml.Transforms.ScoreTopK(k: 2, labelColumnName: "Label"));
        var fitted = pipeline.Fit(data);
        var scored = fitted.Transform(data);

        var metrics = _ml.OVCircuits().Evaluate(scored);
        Assert.Equal(59, metrics.TokenCount);
        Assert.True(metrics.Top1Accuracy > 0.95, $"{metrics.Top1Accuracy}");
        Assert.Equal(metrics.Top1Accuracy, fitted.First().Let().Fit!.Accuracy, 1e-9);
        Assert.Equal((60, 3), (fitted.First().Let().Circuit.Vocabulary, fitted.First().Let().Circuit.OutputVocabulary));
        Assert.InRange(_ml.OVCircuits().FitTemperature(scored, labelColumnName: "Label").LogLoss, 0, metrics.CrossEntropy + 1e-9);
        var folds = _ml.OVCircuits().CrossValidate(data, pipeline, numberOfFolds: 3);
        Assert.Equal(59, folds.Sum(fold => fold.Metrics.TokenCount));
        Assert.All(folds, fold => Assert.InRange(fold.Metrics.Top1Accuracy, 0.4, 1));
    }

    [Fact]
    public void Fit_WeightsOfRows_LearnsTheRowsThatCount()
    {
        int[] wanted = [.. OutputModel.Logits(TokenCircuit.Direct(_model.Weights)).Select(row => Array.IndexOf(row, row.Max()))];
        var definition = SchemaDefinition.Create(typeof(Weighted));
        definition[nameof(Weighted.TokenId)].ColumnType = new KeyDataViewType(typeof(uint), OutputModel.V);
        definition[nameof(Weighted.Label)].ColumnType = new KeyDataViewType(typeof(uint), 3);
        var rows = Enumerable.Range(0, OutputModel.V).SelectMany(token => new Weighted[]
        {
            new() { TokenId = (uint)token, Label = (uint)wanted[token], Weight = 1 },
            new() { TokenId = (uint)token, Label = (uint)(wanted[token] + 1) % 3, Weight = 0 },
        });
        var fitted = _ml.OVCircuits().Trainers.LowRankCopier(_model, new LowRankCopierTrainer.Options
        {
            LabelColumnName = "Label",
            ExampleWeightColumnName = "Weight",
            Fit = new() { Rank = 3 },
        }).Fit(_ml.Data.LoadFromEnumerable(rows, definition));
        Assert.True(fitted.Fit!.Accuracy > 0.95, $"{fitted.Fit.Accuracy}"); // of those that count nothing, none would be right
    }

    [Fact]
    public void Construct_TheTokenItselfAsLabel_SaysThatItIsNoOutput()
    {
        string why = "atlas has 60 tokens and 3 outputs, which are not these tokens: copying is not defined. "
            + "Name a key column over its outputs as the label (LabelColumnName).";
        Assert.StartsWith(why, Assert.ThrowsAny<ArgumentException>(
            () => _ml.OVCircuits().Trainers.LowRankCopier(_model, rank: 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_LabelOverTheTokens_SaysWhatItMustBe()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var data = _ml.Transforms.CopyColumns("Label", "TokenId").Fit(tokens).Transform(tokens);
        var options = new LowRankCopierTrainer.Options { LabelColumnName = "Label", Fit = new() { Rank = 3 } };
        var error = Assert.ThrowsAny<ArgumentException>(() => _ml.OVCircuits().Trainers.LowRankCopier(_model, options).Fit(data));
        Assert.StartsWith("The label column 'Label' must be Key<UInt32, 0-2>, a key over the 3 outputs, but is Key<UInt32, 0-59>.",
            error.Message, StringComparison.Ordinal);
    }

    private sealed class Weighted
    {
        public uint TokenId { get; set; }
        public uint Label { get; set; }
        public float Weight { get; set; }
    }
}

file static class Transformers
{
    public static TokenCircuitTransformer Let(this ITransformer transformer) => (TokenCircuitTransformer)transformer;
}
