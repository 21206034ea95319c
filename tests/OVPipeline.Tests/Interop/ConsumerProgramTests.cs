using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Scoring;
using Xunit;

namespace OVPipeline.Tests.Interop;

/// <summary>What programs do with circuits among ML.NET's own steps, before them and after them.</summary>
public sealed class ConsumerProgramTests : IDisposable
{
    private static readonly string[] s_kinds = ["PredictedLabel", "TopTokens", "TopScores", "LabelRank", "LabelLogLoss"];
    private readonly MLContext _ml = new(seed: 1);
    private readonly TransformerCheckpoint _model = SmallModel.Create();
    private readonly IDataView _tokens;
    private readonly List<string> _paths = [];

    public ConsumerProgramTests() => _tokens = _ml.Data.LoadVocabulary(_model);

    public void Dispose() => _paths.ForEach(File.Delete);

    [Fact]
    public void TwoCircuits_InOnePipeline_HideNoneOfTheOthersColumns()
    {
        var scored = Apply(Two());
        string[] names = [.. scored.Schema.Where(column => !column.IsHidden).Select(column => column.Name)];
        Assert.Equal(scored.Schema.Count, names.Length);
        Assert.Superset(s_kinds.SelectMany(kind => new[] { "Head" + kind, "Other" + kind }).ToHashSet(), names.ToHashSet());
    }

    [Fact]
    public void TwoScores_Concatenated_AreBothInOrder()
    {
        var options = (string circuit, string prefix) => new TopKScoringEstimator.Options
        {
            CircuitColumnName = circuit,
            OutputColumnPrefix = prefix,
            Probabilities = true,
        };
        var both = Apply(Head("A", new(1, 0)).Append(_ml.Transforms.ScoreTopK(options("A", "Head")))
            .Append(Head("B", new(1, 2))).Append(_ml.Transforms.ScoreTopK(options("B", "Other")))
            .Append(_ml.Transforms.Concatenate("Both", "HeadScore", "OtherScore")));
        float[][] first = [.. both.GetColumn<float[]>("HeadScore")], second = [.. both.GetColumn<float[]>("OtherScore")];
        Assert.Equal(first.Zip(second, (a, b) => (float[])[.. a, .. b]), both.GetColumn<float[]>("Both"));
        VBuffer<ReadOnlyMemory<char>> names = default;
        both.Schema["Both"].GetSlotNames(ref names);
        Assert.Equal(["HeadScore.t0", "OtherScore.t119"], new[] { 0, 239 }.Select(i => names.GetItemOrDefault(i).ToString()));
    }

    [Theory]
    [InlineData("cached"), InlineData("taken"), InlineData("skipped"), InlineData("shuffled"), InlineData("filtered"), InlineData("saved")]
    public void Data_BeforeOrAfterScoring_GivesTheSameFigures(string what)
    {
        var fitted = Scored().Fit(_tokens);
        var after = On(what, fitted.Transform(_tokens));
        var before = fitted.Transform(On(what == "filtered" ? "" : what, _tokens));
        string[] all = DataRows.Read(fitted.Transform(_tokens), [.. s_kinds, "Token"]);
        Assert.Subset(all.ToHashSet(), DataRows.Read(after, [.. s_kinds, "Token"]).ToHashSet());
        Assert.Subset(all.ToHashSet(), DataRows.Read(before, [.. s_kinds, "Token"]).ToHashSet());
        Assert.NotEmpty(DataRows.Read(after, s_kinds));
        if (what != "filtered")
            Assert.Equal(DataRows.Read(after, "Token").Length, DataRows.Read(before, "Token").Length);
    }

    [Fact]
    public void NoRows_ScoredAndFiltered_GiveNoRowsAndEvaluateSaysSo()
    {
        var none = _ml.Data.SkipRows(_tokens, 120);
        var scored = Scored().Fit(_tokens).Transform(none);
        Assert.Empty(DataRows.Read(scored, s_kinds));
        Assert.Empty(DataRows.Read(_ml.Data.FilterRowsByColumn(scored, "LabelRank", 1, 6), s_kinds));
        Assert.Contains("No row has a label", Assert.Throws<InvalidOperationException>(
            () => _ml.OVCircuits().Evaluate(scored)).Message, StringComparison.Ordinal);
        Assert.Contains("nothing to fit", Assert.Throws<ArgumentException>(
            () => _ml.OVCircuits().Trainers.LowRankCopier(_model, 3).Fit(none)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_OfAnotherVocabulary_AreRefusedAndOfTheSameTextsAreNot()
    {
        var fitted = Scored().Fit(_tokens);
        var other = _ml.Data.LoadVocabulary(SmallModel.Create(vocabulary: 40));
        var ofTokens = Assert.Throws<ArgumentOutOfRangeException>(() => fitted.Transform(other));
        Assert.Contains("0-119", ofTokens.Message, StringComparison.Ordinal);
        Assert.Contains("0-39", ofTokens.Message, StringComparison.Ordinal);

        // Keys that MapValueToKey makes of the same texts in the same order are these tokens.
        var own = _ml.Transforms.Conversion.MapValueToKey("TokenId", "Token", keyOrdinality:
            Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence, keyData: Texts());
        var mapped = own.Append(Scored()).Fit(_tokens).Transform(_tokens);
        Assert.Equal(DataRows.Read(fitted.Transform(_tokens), s_kinds), DataRows.Read(mapped, s_kinds));
    }

    [Fact]
    public void Weights_FromAColumn_ChangeTheFitAndZeroLeavesOut()
    {
        var weigh = _ml.Transforms.CustomMapping<Key, Weighted>((key, row) => row.Weight = key.TokenId > 60 ? 0 : 1, null);
        var weighted = weigh.Fit(_tokens).Transform(_tokens);
        var trainers = _ml.OVCircuits().Trainers;
        var some = trainers.LowRankCopier(_model, 3, exampleWeightColumnName: "Weight").Fit(weighted);
        var first = trainers.LowRankCopier(_model, 3).Fit(_ml.Data.TakeRows(weighted, 60));
        var all = trainers.LowRankCopier(_model, 3).Fit(weighted);
        Assert.Equal(first.Fit!.LogLoss, some.Fit!.LogLoss, 3);
        Assert.NotEqual(all.Fit!.LogLoss, some.Fit.LogLoss, 3);
    }

    [Fact]
    public void Chain_OfOursAmongOthers_IsSavedAndPredicts()
    {
        var pipeline = _ml.Transforms.CopyColumns("Source", "TokenId")
            .Append(_ml.Transforms.ExtractOVCircuit("Circuit", "Source", _model, new HeadIndex(1, 0)))
            .Append(_ml.Transforms.ScoreTopK())
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Text", "PredictedLabel"))
            .Append(_ml.Transforms.DropColumns("Circuit", "Source"));
        var fitted = pipeline.Fit(_tokens);
        using var stream = new MemoryStream();
        _ml.Model.Save(fitted, _tokens.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out var schema);

        Assert.Equal(DataRows.Read(fitted.Transform(_tokens), "Text", "LabelRank"), DataRows.Read(loaded.Transform(_tokens), "Text",
            "LabelRank"));
        using var engine = new MLContext().Model.CreatePredictionEngine<TokenExample, Named>(loaded, schema);
        string[] texts = [.. fitted.Transform(_tokens).GetColumn<string>("Text")];
        Assert.Equal(texts[7], engine.Predict(new() { TokenId = 7 }).Text);
        Assert.Equal(texts[0], engine.Predict(new() { TokenId = 0 }).Text);
    }

    [Theory]
    [InlineData("copied"), InlineData("dropped"), InlineData("concatenated"), InlineData("text"), InlineData("renamed")]
    public void ConvertToOnnx_AmongMlNetsSteps_GivesTheSameTokensOrSaysNo(string what)
    {
        var tokens = _ml.Transforms.SelectColumns("TokenId").Fit(_tokens).Transform(_tokens);
        var ours = Scored();
        IEstimator<ITransformer> pipeline = what switch
        {
            "copied" => _ml.Transforms.CopyColumns("Again", "TokenId").Append(ours),
            "dropped" => ours.Append(_ml.Transforms.DropColumns("Circuit")),
            "concatenated" => ours.Append(_ml.Transforms.Concatenate("Features", "TopScores", "Circuit")),
            "text" => ours.Append(_ml.Transforms.Conversion.MapKeyToValue("Text", "PredictedLabel")),
            _ => _ml.Transforms.CopyColumns("Source", "TokenId")
                .Append(_ml.Transforms.ExtractOVCircuit("Circuit", "Source", _model, new HeadIndex(1, 0)))
                .Append(_ml.Transforms.ScoreTopK()),
        };
        var fitted = pipeline.Fit(tokens);
        using var onnx = OnnxModel.Of(_ml, fitted, tokens);

        var outputs = onnx.Run(("TokenId", [.. Enumerable.Range(1, 120).Select(key => (uint)key)]));

        var scored = fitted.Transform(tokens);
        Assert.Equal(scored.GetColumn<uint[]>("TopTokens"), outputs.Rows<uint>("TopTokens"));
        Assert.Equal(scored.GetColumn<float>("LabelRank"), outputs.Values<float>("LabelRank"));
    }

    private IDataView Texts() => _ml.Transforms.SelectColumns("Token").Fit(_tokens).Transform(_tokens);

    private IDataView On(string what, IDataView data) => what switch
    {
        "cached" => _ml.Data.Cache(data),
        "taken" => _ml.Data.TakeRows(data, 50),
        "skipped" => _ml.Data.SkipRows(data, 50),
        "shuffled" => _ml.Data.ShuffleRows(data),
        "filtered" => _ml.Data.FilterRowsByColumn(data, "LabelRank", lowerBound: 1, upperBound: 4),
        "saved" => Saved(data),
        _ => data,
    };

    private IDataView Saved(IDataView data)
    {
        _paths.Add(Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.idv"));
        using (var file = File.Create(_paths[^1]))
            _ml.Data.SaveAsBinary(data, file);
        return _ml.Data.LoadFromBinary(_paths[^1]);
    }

    private IDataView Apply(IEstimator<ITransformer> pipeline) => pipeline.Fit(_tokens).Transform(_tokens);

    private EstimatorChain<TokenCircuitTransformer> Head(string column, HeadIndex head) =>
        new EstimatorChain<TokenCircuitTransformer>().Append(_ml.Transforms.ExtractOVCircuit(column, "TokenId", _model, head));

    private EstimatorChain<TopKScoringTransformer> Scored() => Head("Circuit", new(1, 0)).Append(_ml.Transforms.ScoreTopK());

    private EstimatorChain<TopKScoringTransformer> Two() => Head("A", new(1, 0))
        .Append(_ml.Transforms.ScoreTopK("A", outputColumnPrefix: "Head"))
        .Append(Head("B", new(1, 2))).Append(_ml.Transforms.ScoreTopK("B", outputColumnPrefix: "Other"));

    private sealed class Key
    {
        [KeyType(120)]
        public uint TokenId { get; set; }
    }

    private sealed class Weighted
    {
        public float Weight { get; set; }
    }

    private sealed class Named
    {
        public string Text { get; set; } = "";
    }
}
