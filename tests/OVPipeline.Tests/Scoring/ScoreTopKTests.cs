using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

public sealed class ScoreTopKTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(120)]
    public void Transform_WholeVocabulary_AgreesWithDenseLogits(int k)
    {
        var scored = SmallModel.Scored(_ml, _model, k, new HeadIndex(1, 0), new HeadIndex(0, 2));
        var logits = SmallModel.Logits(scored.Schema["Circuit"].GetTokenCircuit());
        var rows = _ml.Data.CreateEnumerable<TokenPrediction>(scored, reuseRowObject: false).ToArray();
        Assert.Equal(120, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            int[] best = [.. Enumerable.Range(0, 120).OrderByDescending(j => logits[i][j]).ThenBy(j => j).Take(k)];
            Assert.Equal(best.Select(j => (uint)j + 1), rows[i].TopTokens);
            Assert.Equal((uint)best[0] + 1, rows[i].PredictedLabel);
            Assert.All(best.Zip(rows[i].TopScores), pair => Assert.Equal(logits[i][pair.First], pair.Second, 1e-4));
            Assert.Equal((uint)SmallModel.Rank(logits[i], i), rows[i].LabelRank);
            Assert.Equal(SmallModel.LogLoss(logits[i], i), rows[i].LabelLogLoss, 1e-4);
        }
    }

    [Fact]
    public void Transform_OtherLabelColumn_RanksThatLabel()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var definition = SchemaDefinition.Create(typeof(LabelRow));
        definition["Next"].ColumnType = new KeyDataViewType(typeof(uint), 120);
        var shifted = _ml.Transforms.CustomMapping<TokenRow, LabelRow>(
            (input, output) => output.Next = input.TokenId % 120, null, null, definition)
            .Append(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 1)));
        var scored = shifted.Append(_ml.Transforms.ScoreTopK("Circuit", 3, "Next")).Fit(tokens).Transform(tokens);
        var logits = SmallModel.Logits(scored.Schema["Circuit"].GetTokenCircuit());
        var ranks = scored.GetColumn<float>("LabelRank").ToArray();
        for (int i = 0; i < 120; i++)
            Assert.Equal((uint)SmallModel.Rank(logits[i], (i + 1) % 120), ranks[i]);
    }

    [Fact]
    public void Transform_LabelThatIsNull_HasNoLabelFigures()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var pipeline = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 1))
            .Append(_ml.Transforms.ScoreTopK(labelColumnName: null));
        var schema = pipeline.Fit(tokens).Transform(tokens).Schema;
        Assert.Null(schema.GetColumnOrNull("LabelRank"));
        Assert.Null(schema.GetColumnOrNull("LabelLogLoss"));
        Assert.NotNull(schema.GetColumnOrNull("PredictedLabel"));
        Assert.Equal(120ul, ((KeyDataViewType)schema["PredictedLabel"].Type).Count);
    }

    [Fact]
    public void Transform_SomeColumnsRead_ComputesOnlyThose()
    {
        var engine = new RecordingEngine();
        var tokens = _ml.Data.LoadVocabulary(_model);
        var pipeline = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 1))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Engine = engine, Probabilities = true }));
        var scored = pipeline.Fit(tokens).Transform(tokens);
        _ = scored.GetColumn<float>("LabelRank").ToArray();
        Assert.All(engine.Asked,
            asked => Assert.Equal((0, true, false, false), (asked.TopK, asked.LabelRank, asked.LabelLogLoss, asked.Probabilities)));
        engine.Asked.Clear();
        _ = scored.GetColumn<uint>("PredictedLabel").ToArray();
        Assert.All(engine.Asked,
            asked => Assert.Equal((1, false, false, false), (asked.TopK, asked.LabelRank, asked.LabelLogLoss, asked.Probabilities)));
        engine.Asked.Clear();
        _ = scored.GetColumn<ReadOnlyMemory<char>>("Token").ToArray();
        Assert.Empty(engine.Asked);
    }

    [Fact]
    public void Transform_ShuffledAndSplitSource_KeepsRowsWithTheirOwnColumns()
    {
        var tokens = _ml.Data.ShuffleRows(_ml.Data.TrainTestSplit(_ml.Data.LoadVocabulary(_model), 0.3).TestSet, seed: 5);
        var pipeline = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK());
        var scored = pipeline.Fit(tokens).Transform(tokens);
        var logits = SmallModel.Logits(scored.Schema["Circuit"].GetTokenCircuit());
        var rows = _ml.Data.CreateEnumerable<ScoredToken>(scored, reuseRowObject: false).ToArray();
        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            Assert.Equal($"t{row.TokenId - 1}", row.Token);
            Assert.Equal((uint)SmallModel.Rank(logits[row.TokenId - 1], (int)row.TokenId - 1), row.LabelRank);
        });
    }

    [Fact]
    public void Transform_BlocksSmallerThanTheData_ScoresEveryRowOnce()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var circuit = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0));
        float[] Ranks(int rows) => [.. circuit
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Engine = new RecordingEngine(rows) }))
            .Fit(tokens).Transform(tokens).GetColumn<float>("LabelRank")];
        Assert.Equal(Ranks(1000), Ranks(7));
    }

    [Fact]
    public void Transform_MissingToken_GivesMissingScores()
    {
        var definition = SchemaDefinition.Create(typeof(TokenExample));
        definition["TokenId"].ColumnType = new KeyDataViewType(typeof(uint), 120);
        var data = _ml.Data.LoadFromEnumerable([new TokenExample { TokenId = 3 }, new TokenExample { TokenId = 500 }], definition);
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Append(_ml.Transforms.ScoreTopK())
            .Fit(data).Transform(data);
        var rows = _ml.Data.CreateEnumerable<TokenPrediction>(scored, reuseRowObject: false).ToArray();
        Assert.NotEqual(0u, rows[0].PredictedLabel);
        Assert.Equal((0u, float.NaN, true), (rows[1].PredictedLabel, rows[1].LabelRank, double.IsNaN(rows[1].LabelLogLoss)));
        Assert.All(rows[1].TopTokens, key => Assert.Equal(0u, key));
        Assert.Equal(1, _ml.OVCircuits().Evaluate(scored).TokenCount);
    }

    [Fact]
    public void Transform_Probabilities_SumToOneAndGiveTheLogLoss()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Probabilities = true })).Fit(tokens).Transform(tokens);
        var probabilities = scored.GetColumn<float[]>("Score").ToArray();
        var losses = scored.GetColumn<double>("LabelLogLoss").ToArray();
        for (int i = 0; i < 120; i++)
        {
            Assert.Equal(1, probabilities[i].Sum(p => (double)p), 1e-5);
            Assert.Equal(losses[i], -Math.Log(probabilities[i][i]), 1e-4);
        }
    }

    [Fact]
    public void PredictionEngine_ZeroBasedId_GivesOneBasedKeysWithoutALabel()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(labelColumnName: null)).Fit(tokens);
        var logits = SmallModel.Logits(fitted.Transform(tokens).Schema["Circuit"].GetTokenCircuit());
        using var engine = _ml.Model.CreatePredictionEngine<TokenExample, TopOnly>(fitted, tokens.Schema);
        foreach (int id in new[] { 0, 17, 119, 17 })
        {
            var answer = engine.Predict(new() { TokenId = (uint)id });
            int best = Enumerable.Range(0, 120).OrderByDescending(j => logits[id][j]).First();
            Assert.Equal((uint)best + 1, answer.PredictedLabel);
            Assert.Equal((uint)best + 1, answer.TopTokens[0]);
        }
    }

    [Fact]
    public void Cancel_DuringScoring_Throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var tokens = _ml.Data.LoadVocabulary(_model);
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { CancellationToken = source.Token }))
            .Fit(tokens).Transform(tokens);
        Assert.ThrowsAny<OperationCanceledException>(() => scored.GetColumn<float>("LabelRank").ToArray());
    }

    [Fact]
    public void WithEngine_FittedChain_ScoresThereAndLeavesTheOriginal()
    {
        var engine = new RecordingEngine();
        var tokens = _ml.Data.LoadVocabulary(_model);
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(k: 2)).Fit(tokens);
        float[] expected = [.. fitted.Transform(tokens).GetColumn<float>("LabelRank")];
        Assert.Empty(engine.Asked);
        Assert.Equal(expected, fitted.WithEngine(engine).Transform(tokens).GetColumn<float>("LabelRank"));
        Assert.NotEmpty(engine.Asked);
        Assert.Throws<ArgumentNullException>(() => fitted.WithEngine(null!));
    }

    private sealed class RecordingEngine(int rows = 64) : IScoringEngine
    {
        public List<ScoringOptions> Asked { get; } = [];

        public int PreferredRows => rows;

        public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
            CancellationToken cancellationToken = default)
        {
            Asked.Add(scores.Options);
            CpuEngine.Shared.Score(columns, rows, labels, scores, cancellationToken);
        }
    }

    private sealed class TokenRow
    {
        [KeyType(120)]
        public uint TokenId { get; set; }
    }

    private sealed class LabelRow
    {
        public uint Next { get; set; }
    }

    private sealed class ScoredToken
    {
        public uint TokenId { get; set; }
        public string Token { get; set; } = "";
        public float LabelRank { get; set; }
    }

    private sealed class TopOnly
    {
        public uint PredictedLabel { get; set; }
        public uint[] TopTokens { get; set; } = [];
    }
}
