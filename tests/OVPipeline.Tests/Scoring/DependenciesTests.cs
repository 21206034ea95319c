using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

/// <summary>Which columns scores are computed from, and which weights a trainer takes, by schema alone.</summary>
public sealed class DependenciesTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Theory]
    [InlineData("", "")]
    [InlineData("LabelRank", "Circuit TokenId")]
    [InlineData("LabelLogLoss", "Circuit TokenId")]
    [InlineData("PredictedLabel", "Circuit")]
    public void GetDependencies_OfScores_AreTheCircuitAndForLabelsTheLabel(string wanted, string expected)
    {
        var extract = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0));
        var data = extract.Fit(_ml.Data.LoadVocabulary(_model)).Transform(_ml.Data.LoadVocabulary(_model));
        ITransformer scoring = _ml.Transforms.ScoreTopK().Fit(data);
        var mapper = scoring.GetRowToRowMapper(data.Schema);
        var columns = mapper.OutputSchema.Where(column => column.Name == wanted);
        Assert.Equal(expected, string.Join(' ', mapper.GetDependencies(columns).Select(column => column.Name).Distinct().Order()));
    }

    [Theory]
    [InlineData("Weights", "weight column 'Weights'")]
    [InlineData("Nothing", "weight column 'Nothing'")]
    [InlineData("TokenId", "weight column 'TokenId'")]
    public void GetOutputSchema_WeightColumnThatIsNoScalarSingle_IsNamed(string name, string says)
    {
        var options = new LowRankCopierTrainer.Options { Fit = new() { Rank = 3 }, ExampleWeightColumnName = name };
        var trainer = _ml.OVCircuits().Trainers.LowRankCopier(_model, options);
        var vectors = _ml.Transforms.Conversion.MapKeyToVector("Weights", "TokenId");
        var vocabulary = _ml.Data.LoadVocabulary(_model);
        var shape = SchemaShapeOf(vectors.Fit(vocabulary).Transform(vocabulary));
        var error = Assert.ThrowsAny<ArgumentException>(() => trainer.GetOutputSchema(shape));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private static SchemaShape SchemaShapeOf(IDataView data) => (SchemaShape)typeof(SchemaShape)
        .GetMethod("Create",
            System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public)!
        .Invoke(null, [data.Schema])!;
}
