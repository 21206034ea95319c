using Microsoft.ML;
using OVPipeline.Core;
using OVPipeline.Tests.Atlas;
using Xunit;

namespace OVPipeline.Tests.Interop;

public sealed class QKSaveAndLoadTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = AtlasModel.Create();
    private readonly string _zip = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.zip");

    public void Dispose() => File.Delete(_zip);

    [Theory]
    [InlineData(CircuitAxes.QueryToKey)]
    [InlineData(CircuitAxes.KeyToQuery)]
    public void Load_QKCircuit_KeepsItsAxesAndScoresTheSameBits(CircuitAxes axes)
    {
        var estimator = _ml.Transforms.ExtractQKCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 2), axes);
        var (circuit, again) = RoundTrip(estimator);
        Assert.Equal((axes, circuit.Name), (again.Origin.Axes, again.Name));
        Assert.Equal(circuit.H.Values.ToArray(), again.H.Values.ToArray());
        Assert.Equal(circuit.G.Values.ToArray(), again.G.Values.ToArray());
        Assert.Equal([new HeadIndex(1, 2)], again.Heads);
    }

    [Fact]
    public void Load_KCompositionCircuit_KeepsItsHeads()
    {
        var (_, again) = RoundTrip(_ml.Transforms.ExtractKCompositionCircuit(
            "Circuit", "TokenId", _model, new HeadIndex(0, 1), new HeadIndex(1, 2), CircuitAxes.KeyToQuery));
        Assert.Equal([new HeadIndex(0, 1), new HeadIndex(1, 2)], again.Heads);
        Assert.Equal(CircuitAxes.KeyToQuery, again.Origin.Axes);
    }

    [Fact]
    public void Load_OVCircuit_GoesFromSourceToOutput()
    {
        var (_, again) = RoundTrip(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 2)));
        Assert.Equal(CircuitAxes.SourceToOutput, again.Origin.Axes);
    }

    private (TokenCircuit Saved, TokenCircuit Loaded) RoundTrip(TokenCircuitEstimator estimator)
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var fitted = estimator.Append(_ml.Transforms.ScoreTopK(k: 3)).Fit(tokens);
        _ml.Model.Save(fitted, tokens.Schema, _zip);
        var ml = new MLContext();
        var loaded = ml.Model.Load(_zip, out _);
        var before = _ml.Data.CreateEnumerable<TokenPrediction>(fitted.Transform(tokens), false).ToArray();
        var after = ml.Data.CreateEnumerable<TokenPrediction>(loaded.Transform(ml.Data.LoadVocabulary(_model)), false).ToArray();
        Assert.Equal(before.Select(row => (row.LabelRank, row.LabelLogLoss)), after.Select(row => (row.LabelRank, row.LabelLogLoss)));
        Assert.Equal(before.SelectMany(row => row.TopTokens), after.SelectMany(row => row.TopTokens));
        return (fitted.First().Circuit(), ((IEnumerable<ITransformer>)loaded).First().Circuit());
    }
}

file static class Transformers
{
    public static TokenCircuit Circuit(this ITransformer transformer) => ((TokenCircuitTransformer)transformer).Circuit;
}
