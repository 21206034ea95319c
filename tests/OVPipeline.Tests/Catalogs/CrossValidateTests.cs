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

    private string[][] Folds(int contextSeed, int? seed, string? samplingKey, string column)
    {
        var ml = new MLContext(contextSeed);
        var definition = SchemaDefinition.Create(typeof(Row));
        definition[nameof(Row.TokenId)].ColumnType = new KeyDataViewType(typeof(uint), 120);
        var rows = Enumerable.Range(0, 120).Select(i => new Row { TokenId = (uint)i, Name = $"t{i}", Group = $"g{i / 6}" });
        var data = ml.Data.LoadFromEnumerable(rows, definition);
        var pipeline = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Append(ml.Transforms.ScoreTopK());
        var folds = ml.OVCircuits().CrossValidate(data, pipeline, numberOfFolds: 3, samplingKey, seed);
        return [.. folds.Select(fold => fold.ScoredHoldOutSet.GetColumn<string>(column).ToArray())];
    }

    private sealed class Row
    {
        public uint TokenId { get; set; }

        public string Name { get; set; } = "";

        public string Group { get; set; } = "";
    }
}
