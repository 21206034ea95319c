using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Catalogs;

public sealed class CrossValidateTests
{
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void CrossValidate_SamplingKey_KeepsItsRowsTogether()
    {
        string[][] folds = Folds(contextSeed: 1, seed: null, "Group", "Group");

        Assert.Equal(20, folds.Sum(fold => fold.Distinct().Count()));
        Assert.Equal(120, folds.Sum(fold => fold.Length));
    }

    [Fact]
    public void CrossValidate_Seed_DecidesTheFolds()
    {
        string[][] one = Folds(contextSeed: 1, seed: 5, null, "Name");

        Assert.Equal(one, Folds(contextSeed: 2, seed: 5, null, "Name"));
        Assert.NotEqual(one, Folds(contextSeed: 1, seed: 6, null, "Name"));
    }

    [Fact]
    public void CrossValidate_VariantsOfAToken_AreInOneFold()
    {
        // Forty tokens, each with a capital and after a space.
        var model = new Checkpoints.TransformerCheckpoint(_model.Weights, new Vocabulary(
            [.. Enumerable.Range(0, 40).SelectMany(i => new[] { $"t{i}", $"T{i}", $"␣t{i}" })]));
        var ml = new MLContext(1);
        var folds = ml.OVCircuits().CrossValidate(ml.Data.LoadVocabulary(model), Pipeline(ml), numberOfFolds: 3);

        string[][] groups = [.. folds.Select(fold => fold.ScoredHoldOutSet.GetColumn<string>("TokenGroup").ToArray())];
        Assert.Equal((40, 120), (groups.Sum(fold => fold.Distinct().Count()), groups.Sum(fold => fold.Length)));
        Assert.All(groups, fold => Assert.NotEmpty(fold));
    }

    [Fact]
    public void CrossValidate_NoGroupColumn_SaysHowToDoWithout()
    {
        var ml = new MLContext(1);
        var data = LabelledRows.Of(ml, Enumerable.Range(0, 120).Select(i => ((uint)i, (uint)i)));
        var error = Assert.ThrowsAny<ArgumentException>(() => ml.OVCircuits().CrossValidate(data, Pipeline(ml)));
        Assert.Contains("'TokenGroup'", error.Message, StringComparison.Ordinal);
        Assert.Contains("null to split rows", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CrossValidate_Prefix_EvaluatesThatCircuit()
    {
        var ml = new MLContext(1);
        var data = ml.Data.LoadVocabulary(_model);
        var both = Pipeline(ml).Append(ml.Transforms.ExtractOVCircuit("B", "TokenId", _model, new HeadIndex(1, 2)))
            .Append(ml.Transforms.ScoreTopK("B", outputColumnPrefix: "Other"));
        var folds = ml.OVCircuits().CrossValidate(data, both, numberOfFolds: 3, outputColumnPrefix: "Other");
        Assert.All(folds, fold => Assert.Equal(
            fold.ScoredHoldOutSet.GetColumn<float>("OtherLabelRank").Average(rank => 1.0 / rank), fold.Metrics.MeanReciprocalRank, 1e-12));
    }

    private EstimatorChain<TopKScoringTransformer> Pipeline(MLContext ml) =>
        ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Append(ml.Transforms.ScoreTopK());

    private string[][] Folds(int contextSeed, int? seed, string? samplingKey, string column)
    {
        var ml = new MLContext(contextSeed);
        var definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.TokenId)].ColumnType = new KeyDataViewType(typeof(uint), 120);
        var rows = Enumerable.Range(0, 120).Select(i => new Row { TokenId = (uint)i, Name = $"t{i}", Group = $"g{i / 6}" });
        var data = ml.Data.LoadFromEnumerable(rows, definition);
        var folds = ml.OVCircuits().CrossValidate(data, Pipeline(ml), numberOfFolds: 3, samplingKey, seed);
        return [.. folds.Select(fold => fold.ScoredHoldOutSet.GetColumn<string>(column).ToArray())];
    }

    private sealed class Row
    {
        public uint TokenId { get; set; }

        public string Name { get; set; } = "";

        public string Group { get; set; } = "";
    }
}
