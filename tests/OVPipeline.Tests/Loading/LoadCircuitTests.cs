using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Loading;

/// <summary>Sound saved circuits, opened by our own loader.</summary>
public sealed class LoadCircuitTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();
    private readonly string _zip = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.zip");

    public void Dispose() => File.Delete(_zip);

    [Fact]
    public void LoadCircuit_SavedCopier_IsWhatMlNetLoads()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var fitted = _ml.OVCircuits().Trainers.LowRankCopier(_model, rank: 4).Append(_ml.Transforms.ScoreTopK(k: 3)).Fit(tokens);
        _ml.Model.Save(fitted, tokens.Schema, _zip);

        var loaded = new MLContext().Model.LoadCircuit(_zip, out var schema);

        var plain = new MLContext().Model.Load(_zip, out var saved);
        Assert.Equal(2, loaded.Count());
        var circuit = loaded.OfType<TokenCircuitTransformer>().Single();
        var own = ((IEnumerable<ITransformer>)plain).OfType<TokenCircuitTransformer>().Single();
        Assert.Equal(own.Circuit.H.Values.ToArray(), circuit.Circuit.H.Values.ToArray());
        Assert.Equal(own.Circuit.G.Values.ToArray(), circuit.Circuit.G.Values.ToArray());
        Assert.Equal((own.Circuit.Name, own.Fit!.LogLoss), (circuit.Circuit.Name, circuit.Fit!.LogLoss));
        Assert.Equal(Rows(plain.Transform(tokens)), Rows(loaded.Transform(tokens)));
        Assert.Equal(saved["TokenId"].Type, schema["TokenId"].Type);
        Assert.Equal(KeyValues(saved["TokenId"]), KeyValues(schema["TokenId"]));
    }

    [Fact]
    public void LoadCircuit_ItsOwnSchema_IsAllThatAPredictionEngineNeeds()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var fitted = Head().Fit(tokens);
        _ml.Model.Save(fitted, tokens.Schema, _zip);

        var loaded = _ml.Model.LoadCircuit(_zip, out var schema);

        using var engine = _ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(loaded, schema);
        var row = _ml.Data.CreateEnumerable<TokenPrediction>(fitted.Transform(tokens), false).ElementAt(42);
        var answer = engine.Predict(new() { TokenId = 42 });
        Assert.Equal((row.LabelRank, row.LabelLogLoss), (answer.LabelRank, answer.LabelLogLoss));
        Assert.Equal(row.TopTokens, answer.TopTokens);
    }

    [Fact]
    public void LoadCircuit_LabelsOfAnotherColumn_AreInItsSchema()
    {
        var data = LabelledRows.Of(_ml, [(0, 1)]);
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { LabelColumnName = "Next", K = 7 })).Fit(data);
        _ml.Model.Save(fitted, data.Schema, _zip);

        var loaded = _ml.Model.LoadCircuit(_zip, out var schema);

        Assert.Equal(["TokenId", "Next"], schema.Select(column => column.Name));
        Assert.Equal(120ul, ((KeyDataViewType)schema["Next"].Type).Count);
        Assert.Equal(fitted.Transform(data).GetColumn<float>("LabelRank"), loaded.Transform(data).GetColumn<float>("LabelRank"));
    }

    [Fact]
    public void LoadCircuit_CircuitAlone_IsAPipelineOfOne()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        _ml.Model.Save(_ml.Transforms.ExtractOVCircuit("OV", "TokenId", _model, new HeadIndex(1, 0)).Fit(tokens), tokens.Schema, _zip);

        Assert.IsType<TokenCircuitTransformer>(_ml.Model.LoadCircuit(_zip, out _).Single());
    }

    [Fact]
    public void LoadCircuit_PipelineInAPipeline_IsKept()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        ITransformer fitted = Head().Fit(tokens);
        _ml.Model.Save(new TransformerChain<ITransformer>(fitted), tokens.Schema, _zip);

        var loaded = _ml.Model.LoadCircuit(_zip, out _);

        Assert.Equal(2, Assert.IsType<TransformerChain<ITransformer>>(loaded.Single()).Count());
        Assert.Equal(Rows(fitted.Transform(tokens)), Rows(loaded.Transform(tokens)));
    }

    [Fact]
    public void LoadCircuit_OtherOutputs_HasBothVocabularies()
    {
        var model = OutputModel.Create();
        var data = _ml.Data.LoadVocabulary(model, "Label", token => token % 3);
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 2))
            .Append(_ml.Transforms.ScoreTopK(k: 2, labelColumnName: "Label")).Fit(data);
        _ml.Model.Save(fitted, data.Schema, _zip);

        var circuit = _ml.Model.LoadCircuit(_zip, out var schema).OfType<TokenCircuitTransformer>().Single();

        Assert.Equal(model.Vocabulary.Tokens, circuit.Vocabulary.Tokens);
        Assert.Equal(model.OutputVocabulary.Tokens, circuit.OutputVocabulary.Tokens);
        Assert.Equal(3ul, ((KeyDataViewType)schema["Label"].Type).Count);
    }

    private EstimatorChain<TopKScoringTransformer> Head() =>
        _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Append(_ml.Transforms.ScoreTopK(k: 3));

    private (float, double)[] Rows(IDataView scored) =>
        [.. _ml.Data.CreateEnumerable<TokenPrediction>(scored, false).Select(row => (row.LabelRank, row.LabelLogLoss))];

    private static string[] KeyValues(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(text => text.ToString())];
    }
}
