using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

/// <summary>A label that was named has to be there when a pipeline is fitted, and need not be there afterwards.</summary>
public sealed class LabelColumnTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void Fit_NamedLabelThatIsNotThere_SaysSo()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var circuit = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Fit(tokens).Transform(tokens);
        var estimator = _ml.Transforms.ScoreTopK(labelColumnName: "Nxet");

        var ofShape = Assert.ThrowsAny<ArgumentException>(() => estimator.GetOutputSchema(SchemaTests.SchemaShapeOf(circuit)));
        var ofData = Assert.ThrowsAny<ArgumentException>(() => estimator.Fit(circuit));

        Assert.All([ofShape, ofData], error => Assert.Contains("The label column 'Nxet'", error.Message, StringComparison.Ordinal));
        Assert.All([ofShape, ofData], error => Assert.Contains("there is no such column", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Transform_DataWithoutTheLabelOfTheFit_IsScoredWithoutIt()
    {
        var labelled = LabelledRows.Of(_ml, Enumerable.Range(0, 120).Select(i => ((uint)i, (uint)(i + 1) % 120)));
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(labelColumnName: "Next")).Fit(labelled);
        var tokens = _ml.Data.LoadVocabulary(_model);

        var scored = fitted.Transform(tokens);

        Assert.NotNull(fitted.Transform(labelled).Schema.GetColumnOrNull("LabelRank"));
        Assert.Null(scored.Schema.GetColumnOrNull("LabelRank"));
        Assert.Equal(SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 0)).GetColumn<uint[]>("TopTokens"),
            scored.GetColumn<uint[]>("TopTokens"));
    }

    [Fact]
    public void PredictionEngine_ExampleWithoutTheLabelOfTheFit_Predicts()
    {
        var labelled = LabelledRows.Of(_ml, Enumerable.Range(0, 120).Select(i => ((uint)i, (uint)(i + 1) % 120)));
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(labelColumnName: "Next")).Fit(labelled);
        var definition = SchemaDefinition.Create(typeof(TokenExample));
        definition[nameof(TokenExample.TokenId)].ColumnType = new KeyDataViewType(typeof(uint), 120);

        using var engine = _ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(
            fitted, ignoreMissingColumns: true, inputSchemaDefinition: definition);
        var answer = engine.Predict(new() { TokenId = 3 });

        var scored = SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 0));
        Assert.Equal(scored.GetColumn<uint>("PredictedLabel").ElementAt(3), answer.PredictedLabel);
        Assert.Equal((0f, 0.0), (answer.LabelRank, answer.LabelLogLoss));
    }
}
