using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Interop;

/// <summary>Circuits with their top-k in ONNX Runtime, from the file that ml.Model.ConvertToOnnx writes.</summary>
public sealed class ConvertToOnnxTests
{
    private const int V = 120;
    private readonly MLContext _ml = new(seed: 1);
    private readonly TransformerCheckpoint _model = SmallModel.Create();
    private readonly uint[] _all = [.. Enumerable.Range(1, V).Select(key => (uint)key)];

    [Fact]
    public void ConvertToOnnx_HeadWithTopK_GivesTheSameTokensRanksAndLosses() =>
        AssertSame(Fit(Head().Append(_ml.Transforms.ScoreTopK(k: 7))), _all);

    [Fact]
    public void ConvertToOnnx_TrainedCopier_GivesTheSameTokensRanksAndLosses() =>
        AssertSame(Fit(_ml.OVCircuits().Trainers.LowRankCopier(_model, rank: 3).Append(_ml.Transforms.ScoreTopK())), _all);

    [Fact]
    public void ConvertToOnnx_LoadedModel_GivesTheSameTokensRanksAndLosses()
    {
        var fitted = Fit(Head().Append(_ml.Transforms.ScoreTopK()));
        using var stream = new MemoryStream();
        _ml.Model.Save(fitted, Tokens().Schema, stream);
        stream.Position = 0;
        AssertSame(new MLContext().Model.Load(stream, out _), _all);
    }

    [Fact]
    public void ConvertToOnnx_MissingToken_HasMissingValues() =>
        AssertSame(Fit(Head().Append(_ml.Transforms.ScoreTopK())), [5, 0, 120, 0, 1]);

    [Fact]
    public void ConvertToOnnx_Probabilities_AreTheSame()
    {
        var fitted = Fit(Head().Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Probabilities = true })));
        using var onnx = OnnxModel.Of(_ml, fitted, Tokens());

        float[][] theirs = onnx.Run(("TokenId", [3, 0])).Rows<float>("Score");
        float[] ours = fitted.Transform(Tokens()).GetColumn<float[]>("Score").ElementAt(2);

        Assert.Equal(ours, theirs[0], (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.All(theirs[1], value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void ConvertToOnnx_LabelOfAnotherColumn_IsRankedWithItsMissingOnes()
    {
        uint[] next = [.. _all.Select(key => key % 10 == 0 ? 0 : key % V + 1)];
        var data = Labelled(next);
        var fitted = Head().Append(_ml.Transforms.ScoreTopK(labelColumnName: "Next")).Fit(data);
        using var onnx = OnnxModel.Of(_ml, fitted, data);

        var outputs = onnx.Run(("TokenId", _all), ("Next", next));

        var scored = fitted.Transform(data);
        Assert.Equal(scored.GetColumn<float>("LabelRank"), outputs.Values<float>("LabelRank"));
        Assert.Equal(scored.GetColumn<double>("LabelLogLoss"), outputs.Values<double>("LabelLogLoss"), Close);
        Assert.Equal(12, outputs.Values<float>("LabelRank").Count(float.IsNaN));
    }

    [Fact]
    public void ConvertToOnnx_TwoCircuits_EachHasItsOwnColumns()
    {
        var fitted = Fit(_ml.Transforms.ExtractOVCircuit("A", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK("A", outputColumnPrefix: "Head"))
            .Append(_ml.Transforms.ExtractOVCircuit("B", "TokenId", _model, new HeadIndex(1, 2)))
            .Append(_ml.Transforms.ScoreTopK("B", outputColumnPrefix: "Other")));
        using var onnx = OnnxModel.Of(_ml, fitted, Tokens());

        var outputs = onnx.Run(("TokenId", _all));

        var scored = fitted.Transform(Tokens());
        foreach (string prefix in new[] { "Head", "Other" })
        {
            Assert.Equal(scored.GetColumn<float>(prefix + "LabelRank"), outputs.Values<float>(prefix + "LabelRank"));
            Assert.Equal(scored.GetColumn<uint[]>(prefix + "TopTokens"), outputs.Rows<uint>(prefix + "TopTokens"));
        }
    }

    [Fact]
    public void ConvertToOnnx_Ties_GoToTheLowerToken()
    {
        // Every logit of a row is the same.
        var same = Matrix.Create(4, V, (_, _) => 0.5f);
        var head = TokenCircuit.OfHeads(_model.Weights, new HeadIndex(1, 0));
        var circuit = new TokenCircuit("ties", head.H, same, head.Residual, head.Origin);
        var apply = _ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", circuit, _model.Vocabulary);
        var fitted = Fit(apply.Append(_ml.Transforms.ScoreTopK()));
        using var onnx = OnnxModel.Of(_ml, fitted, Tokens());

        var outputs = onnx.Run(("TokenId", _all));

        Assert.All(outputs.Rows<uint>("TopTokens"), row => Assert.Equal([1u, 2, 3, 4, 5], row));
        float[] ranks = [.. _all.Select(key => (float)key)];
        Assert.Equal(ranks, outputs.Values<float>("LabelRank"));
        Assert.Equal(ranks, fitted.Transform(Tokens()).GetColumn<float>("LabelRank"));
    }

    [Fact]
    public void ConvertToOnnx_OutputsThatAreNotTokens_AreRankedAmongThemselves()
    {
        var model = OutputModel.Create(7);
        var data = _ml.Transforms.SelectColumns("TokenId").Fit(_ml.Data.LoadVocabulary(model)).Transform(_ml.Data.LoadVocabulary(model));
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 2))
            .Append(_ml.Transforms.ScoreTopK(k: 3)).Fit(data);
        using var onnx = OnnxModel.Of(_ml, fitted, data);

        var outputs = onnx.Run(("TokenId", [.. Enumerable.Range(1, OutputModel.V).Select(key => (uint)key)]));

        Assert.Equal(fitted.Transform(data).GetColumn<uint[]>("TopTokens"), outputs.Rows<uint>("TopTokens"));
    }

    [Fact]
    public void ConvertToOnnx_StepBeforeThatCannotBe_ThrowsWhatItIsOf()
    {
        // ML.NET would leave the step out and take the TokenId of the data.
        var swap = _ml.Transforms.CustomMapping<Key, Key>((from, to) => to.TokenId = from.TokenId, null);
        var before = swap.Append(Head()).Append(_ml.Transforms.ScoreTopK());
        var circuit = Assert.Throws<InvalidOperationException>(() => OnnxModel.Of(_ml, Fit(swap.Append(Head())), Tokens()));
        var scoring = Assert.Throws<InvalidOperationException>(() => OnnxModel.Of(_ml, Fit(before), Tokens()));
        Assert.All([circuit, scoring], error => Assert.Contains("its column 'TokenId' comes from a step that cannot be", error.Message,
            StringComparison.Ordinal));
    }

    [Fact]
    public void ConvertToOnnx_StepAfterThatCannotBe_Throws()
    {
        var after = Head().Append(_ml.Transforms.ScoreTopK())
            .Append(_ml.Transforms.CustomMapping<Predicted, Doubled>((from, to) => to.Twice = 2 * from.PredictedLabel, null));
        Assert.ThrowsAny<Exception>(() => OnnxModel.Of(_ml, Fit(after), Tokens()));
    }

    [Fact]
    public void ConvertToOnnx_FilteredData_IsNoHindrance()
    {
        var fitted = Fit(Head().Append(_ml.Transforms.ScoreTopK()));
        using var onnx = OnnxModel.Of(_ml, fitted, _ml.Data.TakeRows(Tokens(), 3));
        Assert.Equal(fitted.Transform(Tokens()).GetColumn<float>("LabelRank"), onnx.Run(("TokenId", _all)).Values<float>("LabelRank"));
    }

    [Fact]
    public void ConvertToOnnx_OldOperatorSet_IsRefused()
    {
        var error = Assert.ThrowsAny<ArgumentException>(
            () => _ml.Model.ConvertToOnnx(Fit(Head()), Tokens(), opSetVersion: 10, Stream.Null));
        Assert.Contains("11", error.Message, StringComparison.Ordinal);
    }

    private void AssertSame(ITransformer fitted, uint[] keys)
    {
        using var onnx = OnnxModel.Of(_ml, fitted, Tokens());
        var outputs = onnx.Run(("TokenId", keys));

        var data = LabelledRows.Of(_ml, keys.Select(key => (key == 0 ? LabelledRows.Missing : key - 1, 0u)));
        var scored = fitted.Transform(data);
        Assert.Equal(scored.GetColumn<uint>("PredictedLabel"), outputs.Values<uint>("PredictedLabel"));
        Assert.Equal(scored.GetColumn<uint[]>("TopTokens"), outputs.Rows<uint>("TopTokens"));
        Assert.Equal(scored.GetColumn<float>("LabelRank"), outputs.Values<float>("LabelRank"));
        Assert.Equal(scored.GetColumn<double>("LabelLogLoss"), outputs.Values<double>("LabelLogLoss"), Close);
        Assert.Equal(scored.GetColumn<float[]>("TopScores").SelectMany(row => row).Select(value => (double)value),
            outputs.Rows<float>("TopScores").SelectMany(row => row).Select(value => (double)value), Close);
    }

    private EstimatorChain<TokenCircuitTransformer> Head() => new EstimatorChain<TokenCircuitTransformer>()
        .Append(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)));

    private ITransformer Fit(IEstimator<ITransformer> pipeline) => pipeline.Fit(Tokens());

    // Texts would be inputs of the graph too.
    private IDataView Tokens()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        return _ml.Transforms.SelectColumns("TokenId").Fit(tokens).Transform(tokens);
    }

    private IDataView Labelled(uint[] next) =>
        LabelledRows.Of(_ml, next.Select((key, i) => ((uint)i, key == 0 ? LabelledRows.Missing : key - 1)));

    private static bool Close(double ours, double theirs) => double.IsNaN(ours) ? double.IsNaN(theirs) : Math.Abs(ours - theirs) < 1e-4;

    private sealed class Key
    {
        [KeyType(V)]
        public uint TokenId { get; set; }
    }

    private sealed class Predicted
    {
        [KeyType(V)]
        public uint PredictedLabel { get; set; }
    }

    private sealed class Doubled
    {
        public uint Twice { get; set; }
    }
}
