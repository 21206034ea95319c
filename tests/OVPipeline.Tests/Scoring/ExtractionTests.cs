using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

/// <summary>Circuits are extracted when they are fitted; and what is said where there is nothing to work on.</summary>
public sealed class ExtractionTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void ExtractOVCircuit_Head_IsExtractedAtTheFirstFitAndOnce()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var weights = new CountingWeights(_model.Weights);
        var estimator = _ml.Transforms.ExtractOVCircuit(
            "Circuit", "TokenId", new(new TransformerWeights(_model.Weights.Config, weights, []), _model.Vocabulary), new HeadIndex(1, 0));
        _ = estimator.GetOutputSchema(SchemaTests.SchemaShapeOf(tokens));
        Assert.Equal(0, weights.Reads);

        var first = estimator.Fit(tokens);
        int reads = weights.Reads;
        var second = estimator.Fit(tokens);

        Assert.True(reads > 0);
        Assert.Equal(reads, weights.Reads);
        Assert.Same(first.Circuit, second.Circuit);
    }

    [Fact]
    public void ExtractOVCircuit_NoHeadOrOneTwice_IsRefusedAtOnce()
    {
        Assert.Throws<ArgumentException>(() => _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model));
        Assert.Throws<ArgumentException>(
            () => _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0), new HeadIndex(1, 0)));
    }

    [Fact]
    public void EmptyData_EverywhereItIsNotEnough_IsSaid()
    {
        var empty = _ml.Data.SkipRows(_ml.Data.LoadVocabulary(_model), 120);
        var scored = SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 0));
        var none = _ml.Data.SkipRows(scored, 120);

        var fit = Assert.ThrowsAny<ArgumentException>(() => _ml.OVCircuits().Trainers.LowRankCopier(_model, 3).Fit(empty));
        var evaluate = Assert.Throws<InvalidOperationException>(() => _ml.OVCircuits().Evaluate(none));
        var compare = Assert.ThrowsAny<InvalidOperationException>(() => _ml.OVCircuits().Compare(none, "", ""));
        var temperature = Assert.ThrowsAny<ArgumentException>(() => _ml.OVCircuits().FitTemperature(none));

        Assert.Contains("No row has a label", evaluate.Message, StringComparison.Ordinal);
        Assert.Contains("No row has a label", compare.Message, StringComparison.Ordinal);
        Assert.All([fit, temperature], error =>
            Assert.StartsWith("No row has a token and a label: there is nothing to fit", error.Message, StringComparison.Ordinal));
        Assert.Empty(none.GetColumn<float>("LabelRank"));
    }

    [Fact]
    public void ToString_Metrics_SayTheFigures()
    {
        var metrics = _ml.OVCircuits().Evaluate(SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 0)));
        Assert.StartsWith("120 tokens: top-1 ", metrics.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(" nats", metrics.ToString(), StringComparison.Ordinal);
    }

    private sealed class CountingWeights(TransformerWeights weights) : IWeightSource
    {
        public int Reads { get; private set; }

        public bool Has(WeightKind kind) => kind is WeightKind.W_E or WeightKind.W_U or WeightKind.W_V or WeightKind.W_O;

        public Matrix Read(WeightKind kind, HeadIndex head = default)
        {
            Reads++;
            return kind switch
            {
                WeightKind.W_E => weights.W_E,
                WeightKind.W_U => weights.W_U,
                WeightKind.W_V => weights.W_V(head),
                _ => weights.W_O(head),
            };
        }
    }
}
