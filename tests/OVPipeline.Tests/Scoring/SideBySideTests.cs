using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

/// <summary>Two circuits scored in one pipeline, each under its own names.</summary>
public sealed class SideBySideTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void ScoreTopK_TwoPrefixes_KeepsBothSetsOfColumns()
    {
        var scored = Scored(Both());

        string[] expected =
        [
            "TokenId", "Token", "TokenGroup",
            "A", "HeadPredictedLabel", "HeadTopTokens", "HeadTopScores", "HeadLabelRank", "HeadLabelLogLoss",
            "B", "OtherPredictedLabel", "OtherTopTokens", "OtherTopScores", "OtherLabelRank", "OtherLabelLogLoss",
        ];
        Assert.Equal(expected, scored.Schema.Select(column => column.Name));
        Assert.DoesNotContain(scored.Schema, column => column.IsHidden);
    }

    [Fact]
    public void ScoreTopK_TwoPrefixes_EachIsWhatItsCircuitIsAlone()
    {
        var scored = Scored(Both());

        Assert.Equal(Alone(new(1, 0)).GetColumn<float>("LabelRank"), scored.GetColumn<float>("HeadLabelRank"));
        Assert.Equal(Alone(new(1, 2)).GetColumn<float>("LabelRank"), scored.GetColumn<float>("OtherLabelRank"));
        Assert.Equal(Alone(new(1, 2)).GetColumn<uint[]>("TopTokens"), scored.GetColumn<uint[]>("OtherTopTokens"));
    }

    [Fact]
    public void ScoreTopK_TwoPrefixes_AreTwoSetsOfScoreColumns()
    {
        var schema = Scored(Both()).Schema;

        Assert.Equal((1u, 1u), (SetOf(schema["HeadPredictedLabel"]), SetOf(schema["HeadLabelRank"])));
        Assert.Equal((2u, 2u), (SetOf(schema["OtherPredictedLabel"]), SetOf(schema["OtherLabelLogLoss"])));
    }

    [Fact]
    public void GetOutputSchema_Prefix_PromisesTheNamesOfTheData()
    {
        var promised = Both().GetOutputSchema(SchemaTests.SchemaShapeOf(_ml.Data.LoadVocabulary(_model)));

        Assert.Equal(Scored(Both()).Schema.Select(column => column.Name).Order(), promised.Select(column => column.Name).Order());
    }

    [Fact]
    public void Load_Prefix_IsThatOfTheSavedModel()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        using var stream = new MemoryStream();
        _ml.Model.Save(Both().Fit(tokens), tokens.Schema, stream);
        stream.Position = 0;

        var loaded = new MLContext().Model.Load(stream, out _).Transform(tokens);

        Assert.Equal(Scored(Both()).GetColumn<float>("OtherLabelRank"), loaded.GetColumn<float>("OtherLabelRank"));
    }

    [Fact]
    public void PredictionEngine_Prefix_FillsMembersOfThatName()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        using var engine = _ml.Model.CreatePredictionEngine<TokenExample, Two>(Both().Fit(tokens), tokens.Schema);

        var answer = engine.Predict(new() { TokenId = 7 });

        var scored = Scored(Both());
        Assert.Equal(scored.GetColumn<float>("HeadLabelRank").ElementAt(7), answer.HeadLabelRank);
        Assert.Equal(scored.GetColumn<float>("OtherLabelRank").ElementAt(7), answer.OtherLabelRank);
    }

    [Fact]
    public void Evaluate_NamesOfAColumn_IsOfThatCircuit()
    {
        var scored = Scored(Both());
        var metrics = _ml.OVCircuits().Evaluate(scored, "TokenId", "OtherLabelRank", "OtherLabelLogLoss", topKPredictionCount: 3);

        var alone = _ml.OVCircuits().Evaluate(Alone(new(1, 2)), topKPredictionCount: 3);
        Assert.Equal((alone.CrossEntropy, alone.MeanReciprocalRank), (metrics.CrossEntropy, metrics.MeanReciprocalRank));
        Assert.Equal(alone.TopKAccuracyForAllK, metrics.TopKAccuracyForAllK);
    }

    [Fact]
    public void Evaluate_RankOfOneAndLossOfTheOther_SaysSo()
    {
        var scored = Scored(Both());
        var error = Assert.ThrowsAny<ArgumentException>(() => _ml.OVCircuits().Evaluate(
            scored, labelRankColumnName: "HeadLabelRank", labelLogLossColumnName: "OtherLabelLogLoss"));
        const string Expected = "'HeadLabelRank' and 'OtherLabelLogLoss' are of different ScoreTopK steps";
        Assert.Contains(Expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_AnotherLabelThanTheScoredOne_NamesBoth()
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => _ml.OVCircuits().Evaluate(Alone(new(1, 0)), labelColumnName: "Next"));
        Assert.Contains("the ranks of 'TokenId', not of 'Next'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateCopying_Prefix_IsOfThatCircuit()
    {
        var row = _ml.OVCircuits().EvaluateCopying(Scored(Both()), "other", CircuitKind.Head, "B", outputColumnPrefix: "Other");
        var alone = _ml.OVCircuits().EvaluateCopying(Alone(new(1, 2)), "other", CircuitKind.Head);
        Assert.Equal(alone with { Heads = row.Heads }, row);
    }

    private EstimatorChain<TopKScoringTransformer> Both() => _ml.Transforms.ExtractOVCircuit("A", "TokenId", _model, new HeadIndex(1, 0))
        .Append(_ml.Transforms.ScoreTopK("A", outputColumnPrefix: "Head"))
        .Append(_ml.Transforms.ExtractOVCircuit("B", "TokenId", _model, new HeadIndex(1, 2)))
        .Append(_ml.Transforms.ScoreTopK("B", outputColumnPrefix: "Other"));

    private IDataView Scored(IEstimator<ITransformer> pipeline)
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        return pipeline.Fit(tokens).Transform(tokens);
    }

    private IDataView Alone(HeadIndex head) => SmallModel.Scored(_ml, _model, 5, head);

    private static uint SetOf(DataViewSchema.Column column)
    {
        uint set = 0;
        column.Annotations.GetValue("ScoreColumnSetId", ref set);
        return set;
    }

    private sealed class Two
    {
        public float HeadLabelRank { get; set; }

        public float OtherLabelRank { get; set; }
    }
}
