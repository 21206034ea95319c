using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Evaluation;

/// <summary>Evaluate after steps that hide, change or drop columns: V travels with LabelRank and LabelLogLoss.</summary>
public sealed class EvaluateAfterOtherStepsTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TransformerCheckpoint _model = SmallModel.Create();
    private readonly IDataView _scored;
    private readonly OVCircuitMetrics _plain;

    public EvaluateAfterOtherStepsTests()
    {
        _scored = SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 0));
        _plain = _ml.OVCircuits().Evaluate(_scored);
    }

    [Fact]
    public void Evaluate_PredictedLabelMappedToText_IsTheSame() =>
        AssertSame(After(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")));

    [Fact]
    public void Evaluate_PredictedLabelDropped_IsTheSame() => AssertSame(After(_ml.Transforms.DropColumns("PredictedLabel")));

    [Fact]
    public void Evaluate_OnlyTheTwoColumnsSelected_IsTheSame() =>
        AssertSame(After(_ml.Transforms.SelectColumns("LabelRank", "LabelLogLoss")));

    [Fact]
    public void Evaluate_PredictedLabelOfALaterStep_IsTheSame()
    {
        var clustered = After(_ml.Transforms.Conversion.ConvertType("F", "LabelLogLoss", DataKind.Single)
            .Append(_ml.Transforms.Concatenate("F", "F"))
            .Append(_ml.Clustering.Trainers.KMeans("F", numberOfClusters: 2)));
        Assert.Equal(2UL, ((KeyDataViewType)clustered.Schema["PredictedLabel"].Type).Count);
        AssertSame(clustered);
    }

    [Fact]
    public void Evaluate_CopiedOverAndBack_IsTheSame()
    {
        var pipeline = _ml.Transforms.CopyColumns("RankA", "LabelRank").Append(_ml.Transforms.CopyColumns("LossA", "LabelLogLoss"))
            .Append(_ml.Transforms.ExtractOVCircuit("B", "TokenId", _model, new HeadIndex(1, 2)))
            .Append(_ml.Transforms.ScoreTopK("B"))
            .Append(_ml.Transforms.CopyColumns("LabelRank", "RankA"))
            .Append(_ml.Transforms.CopyColumns("LabelLogLoss", "LossA"));
        AssertSame(After(pipeline));
    }

    [Fact]
    public void Evaluate_FilteredShuffledAndCached_IsTheSame()
    {
        var filtered = _ml.Data.FilterRowsByColumn(After(_ml.Transforms.DropColumns("PredictedLabel")), "LabelLogLoss", lowerBound: 0);
        AssertSame(_ml.Data.Cache(_ml.Data.ShuffleRows(filtered)));
    }

    [Fact]
    public void Evaluate_SavedAsBinaryAndLoaded_IsTheSame()
    {
        using var stream = new MemoryStream();
        _ml.Data.SaveAsBinary(After(_ml.Transforms.SelectColumns("LabelRank", "LabelLogLoss")), stream);
        string path = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.idv");
        File.WriteAllBytes(path, stream.ToArray());
        try
        {
            AssertSame(_ml.Data.LoadFromBinary(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Evaluate_ModelSavedAndLoaded_IsTheSame()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        using var stream = new MemoryStream();
        _ml.Model.Save(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Append(_ml.Transforms.ScoreTopK())
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(tokens), tokens.Schema, stream);
        stream.Position = 0;
        AssertSame(_ml.Model.Load(stream, out _).Transform(tokens));
    }

    [Fact]
    public void Evaluate_SecondScoringHidesTheFirst_IsOfTheSecond()
    {
        var pipeline = _ml.Transforms.ExtractOVCircuit("A", "TokenId", _model, new HeadIndex(1, 2)).Append(_ml.Transforms.ScoreTopK("A"));
        AssertSame(pipeline.Append(_ml.Transforms.ScoreTopK("Circuit")).Fit(_scored).Transform(_scored));
        var second = _ml.OVCircuits().Evaluate(After(pipeline));
        Assert.Equal(_ml.OVCircuits().Evaluate(SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 2))).CrossEntropy, second.CrossEntropy);
    }

    [Fact]
    public void Evaluate_SecondScoringWithoutLabelsOverAnotherVocabulary_IsOfTheFirst()
    {
        // The second step adds a PredictedLabel over 40 tokens and hides the first's; LabelRank stays the first's, over 120.
        var other = SmallModel.Create(vocabulary: 40, seed: 3);
        var pipeline = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Append(_ml.Transforms.ScoreTopK())
            .Append(_ml.Transforms.ExtractOVCircuit("B", "OtherId", other, new HeadIndex(1, 0)))
            .Append(_ml.Transforms.ScoreTopK("B", labelColumnName: null));
        var data = pipeline.Fit(TwoVocabularies()).Transform(TwoVocabularies());
        Assert.Equal(40UL, ((KeyDataViewType)data.Schema["PredictedLabel"].Type).Count);
        AssertSame(data);
    }

    [Fact]
    public void Evaluate_SecondScoringOverAnotherVocabulary_HasItsOwnSize()
    {
        var other = SmallModel.Create(vocabulary: 40, seed: 3);
        var alone = _ml.OVCircuits().Evaluate(SmallModel.Scored(_ml, other, 5, new HeadIndex(1, 0)), topKPredictionCount: 40);
        var data = BothScored(other, _ml.Transforms.DropColumns("PredictedLabel"));
        var metrics = _ml.OVCircuits().Evaluate(data, topKPredictionCount: 100);
        Assert.Equal(40, metrics.TopKAccuracyForAllK.Count);
        Assert.Equal((alone.Top1Accuracy, alone.SignalSeparation), (metrics.Top1Accuracy, metrics.SignalSeparation));
    }

    [Fact]
    public void Evaluate_RankAndLossOfDifferentVocabularies_SaysSo()
    {
        var data = BothScored(SmallModel.Create(vocabulary: 40, seed: 3), _ml.Transforms.CopyColumns("LabelRank", "RankA"));
        var error = Assert.Throws<ArgumentException>(() => { _ml.OVCircuits().Evaluate(data); });
        Assert.Contains("120", error.Message, StringComparison.Ordinal);
        Assert.Contains("40", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_ColumnThatLostItsVocabulary_SaysWhichAndWhatKeepsIt()
    {
        // Text files keep no annotations.
        string path = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.tsv");
        using (var file = File.Create(path))
            _ml.Data.SaveAsText(After(_ml.Transforms.SelectColumns("LabelRank", "LabelLogLoss", "PredictedLabel")), file);
        try
        {
            TextLoader.Column[] columns = [new("LabelRank", DataKind.Single, 0), new("LabelLogLoss", DataKind.Double, 1)];
            var loaded = _ml.Data.LoadFromTextFile(path, columns, hasHeader: true);
            var error = Assert.Throws<ArgumentException>(() => _ml.OVCircuits().Evaluate(loaded));
            Assert.Contains("'LabelRank'", error.Message, StringComparison.Ordinal);
            Assert.Contains("ScoreTopK", error.Message, StringComparison.Ordinal);
            Assert.Contains("VocabularySize", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void CrossValidate_PredictedLabelMappedToText_EvaluatesEachFold()
    {
        var pipeline = _ml.OVCircuits().Trainers.LowRankCopier(_model, rank: 6).Append(_ml.Transforms.ScoreTopK());
        var plain = _ml.OVCircuits().CrossValidate(_ml.Data.LoadVocabulary(_model), pipeline, numberOfFolds: 3, seed: 5);
        var mapped = _ml.OVCircuits().CrossValidate(_ml.Data.LoadVocabulary(_model),
            pipeline.Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")), numberOfFolds: 3, seed: 5);
        Assert.Equal(plain.Select(fold => fold.Metrics.SignalSeparation), mapped.Select(fold => fold.Metrics.SignalSeparation));
        Assert.Equal(10, mapped[0].Metrics.TopKAccuracyForAllK.Count);
    }

    [Fact]
    public void FitTemperature_PredictedLabelMappedToText_IsTheSame() => Assert.Equal(_ml.OVCircuits().FitTemperature(_scored),
        _ml.OVCircuits().FitTemperature(After(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))));

    [Fact]
    public void ScoreTopK_LabelsOverAnotherVocabulary_NamesBothSizes()
    {
        var estimator = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(labelColumnName: "OtherId"));
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => { estimator.Fit(TwoVocabularies()); });
        Assert.Contains("0-119", error.Message, StringComparison.Ordinal);
        Assert.Contains("0-39", error.Message, StringComparison.Ordinal);
    }

    // Tokens of 120, each with one of 40.
    private IDataView TwoVocabularies()
    {
        var rows = Enumerable.Range(0, 120).Select(i => new TwoTokens { TokenId = (uint)i, OtherId = (uint)i % 40 });
        return _ml.Data.LoadFromEnumerable(rows.ToArray());
    }

    // Scored over 120 tokens, the ranks kept as RankA, and then over 40.
    private IDataView BothScored(TransformerCheckpoint other, IEstimator<ITransformer> steps)
    {
        var data = TwoVocabularies();
        return _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Append(_ml.Transforms.ScoreTopK())
            .Append(_ml.Transforms.CopyColumns("RankA", "LabelRank"))
            .Append(_ml.Transforms.ExtractOVCircuit("B", "OtherId", other, new HeadIndex(1, 0)))
            .Append(_ml.Transforms.ScoreTopK("B", labelColumnName: "OtherId"))
            .Append(steps).Fit(data).Transform(data);
    }

    private IDataView After(IEstimator<ITransformer> steps) => steps.Fit(_scored).Transform(_scored);

    private void AssertSame(IDataView data)
    {
        var metrics = _ml.OVCircuits().Evaluate(data);
        Assert.Equal(_plain.TokenCount, metrics.TokenCount);
        Assert.Equal(_plain.SignalSeparation, metrics.SignalSeparation);
        Assert.Equal(_plain.MeanReciprocalRank, metrics.MeanReciprocalRank, 1e-12); // rows may be summed in another order
        Assert.Equal(_plain.CrossEntropy, metrics.CrossEntropy, 1e-12);
        Assert.Equal(_plain.TopKAccuracyForAllK, metrics.TopKAccuracyForAllK);
    }

    private sealed class TwoTokens
    {
        [KeyType(120)]
        public uint TokenId { get; set; }

        [KeyType(40)]
        public uint OtherId { get; set; }
    }
}
