using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

public sealed class SchemaTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void Extract_ColumnIsNoKey_NamesColumnAndType()
    {
        var error = Assert.ThrowsAny<ArgumentException>(
            () => _ml.Transforms.ExtractOVCircuit("Circuit", "Token", _model, new HeadIndex(1, 0)).Fit(_ml.Data.LoadVocabulary(_model)));
        Assert.Contains("'Token'", error.Message, StringComparison.Ordinal);
        Assert.Contains("String", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_MissingColumn_SaysSoBeforeAnyData()
    {
        var pipeline = _ml.Transforms.ExtractOVCircuit("Circuit", "Nothing", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK());
        var error = Assert.ThrowsAny<ArgumentException>(() => pipeline.GetOutputSchema(SchemaShapeOf(_ml.Data.LoadVocabulary(_model))));
        Assert.Contains("no such column", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_OtherVocabulary_NamesBothSizes()
    {
        var other = _ml.Data.LoadVocabulary(SmallModel.Create(vocabulary: 50));
        var error = Assert.ThrowsAny<ArgumentException>(
            () => _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Fit(other));
        Assert.Contains("0-119", error.Message, StringComparison.Ordinal);
        Assert.Contains("0-49", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(119)]
    [InlineData(121)]
    public void Extract_CircuitOfAnotherSizeThanItsStrings_NamesBoth(int strings)
    {
        var circuit = TokenCircuit.OfHeads(_model.Weights, new HeadIndex(1, 0));
        var vocabulary = new Vocabulary([.. Enumerable.Range(0, strings).Select(i => $"t{i}")]);
        var error = Assert.Throws<ArgumentException>(() => _ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", circuit, vocabulary));
        Assert.Contains($"over 120 tokens, the vocabulary holds {strings}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_LargerVocabulary_IsRefusedToo()
    {
        var other = _ml.Data.LoadVocabulary(SmallModel.Create(vocabulary: 150));
        var error = Assert.ThrowsAny<ArgumentException>(
            () => _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Fit(other));
        Assert.Contains("0-149", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetOutputSchema_NameThatIsTaken_IsReplaced()
    {
        var tokens = SchemaShapeOf(_ml.Data.LoadVocabulary(_model));
        var shape = _ml.Transforms.ExtractOVCircuit("Token", "TokenId", _model, new HeadIndex(1, 0)).GetOutputSchema(tokens);
        Assert.Equal(["TokenId", "TokenGroup", "Token"], shape.Select(column => column.Name));
        Assert.Equal(SchemaShape.Column.VectorKind.Vector, shape.Single(column => column.Name == "Token").Kind);
    }

    [Fact]
    public void GetOutputSchema_VectorOfWeights_IsRefused()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var data = _ml.Transforms.ExtractOVCircuit("Vector", "TokenId", _model, new HeadIndex(1, 0)).Fit(tokens).Transform(tokens);
        var options = new LowRankCopierTrainer.Options { Fit = new() { Rank = 3 }, ExampleWeightColumnName = "Vector" };
        var trainer = _ml.OVCircuits().Trainers.LowRankCopier(_model, options);
        var error = Assert.ThrowsAny<ArgumentException>(() => trainer.GetOutputSchema(SchemaShapeOf(data)));
        Assert.Contains("weight column 'Vector' must be a scalar Single", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2.0")]
    [InlineData("1.3")]
    public void Extract_HeadThatDoesNotExist_NamesIt(string head)
    {
        var error = Assert.ThrowsAny<ArgumentException>(
            () => _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, HeadIndex.Parse(head)));
        Assert.Contains(head, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ScoreTopK_ColumnWithoutCircuit_SaysWhyItHasNone()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var copied = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.Concatenate("Both", "Circuit", "Circuit"));
        var data = copied.Fit(tokens).Transform(tokens);
        var pipeline = copied.Append(_ml.Transforms.ScoreTopK("Both"));
        var ofSchema = Assert.ThrowsAny<ArgumentException>(() => pipeline.GetOutputSchema(SchemaShapeOf(tokens)));
        Assert.Contains("carries a token circuit", ofSchema.Message, StringComparison.Ordinal);
        var ofData = Assert.ThrowsAny<ArgumentException>(() => _ml.Transforms.ScoreTopK("Both").Fit(data));
        Assert.Contains("Concatenate", ofData.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1025)]
    public void ScoreTopK_KOutOfRange_NamesTheRange(int k)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ScoreTopK(k: k));
        Assert.Contains("[1, 1024]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ScoreTopK_KAboveVocabulary_NamesTheVocabulary()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => SmallModel.Scored(_ml, _model, 121, new HeadIndex(1, 0)));
        Assert.Contains("[1, 120]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetOutputSchema_Promise_HoldsForTheData()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var pipeline = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Probabilities = true }));
        var promised = pipeline.GetOutputSchema(SchemaShapeOf(tokens));
        var actual = SchemaShapeOf(pipeline.Fit(tokens).Transform(tokens));
        Assert.Equal(actual.Select(Describe).Order(), promised.Select(Describe).Order());
    }

    [Fact]
    public void LoadVocabulary_Rows_AreKeysWithTokenStrings()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        Assert.Equal(120, tokens.GetRowCount());
        Assert.Equal(Enumerable.Range(1, 120).Select(i => (uint)i), tokens.GetColumn<uint>("TokenId"));
        VBuffer<ReadOnlyMemory<char>> values = default;
        tokens.Schema["TokenId"].GetKeyValues(ref values);
        Assert.Equal(_model.Vocabulary.Tokens, values.DenseValues().Select(value => value.ToString()));
        Assert.Equal(["TokenId", "Token", "TokenGroup"], tokens.Schema.Select(column => column.Name));
    }

    private static string Describe(SchemaShape.Column column) =>
        $"{column.Name} {column.Kind} {column.ItemType} {column.IsKey} "
        + $"[{string.Join(", ", column.Annotations.Select(annotation => annotation.Name).Order())}]";

    internal static SchemaShape SchemaShapeOf(IDataView data) => (SchemaShape)typeof(SchemaShape)
        .GetMethod("Create",
            System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public)!
        .Invoke(null, [data.Schema])!;
}
