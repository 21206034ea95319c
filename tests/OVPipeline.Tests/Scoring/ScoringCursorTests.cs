using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

/// <summary>Scored data as its readers see it: rows, ids, order and what is read of the input.</summary>
public sealed class ScoringCursorTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void GetRowCursor_IdsAndOrder_AreTheSources()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var scored = Scored(tokens, new RecordingEngine(7));
        foreach (int? seed in new int?[] { null, 3 })
        {
            var (source, ours) = (Ids(tokens, seed), Ids(scored, seed));
            Assert.Equal(source, ours);
            Assert.Equal(120, ours.Distinct().Count());
        }

        Assert.NotEqual(Ids(scored, null), Ids(scored, 3));
    }

    [Fact]
    public void Schema_CountAndShuffling_AreTheSources()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        Assert.Equal((tokens.GetRowCount(), true), (Scored(tokens).GetRowCount(), Scored(tokens).CanShuffle));
        var streamed = LabelledRows.Of(_ml, Enumerable.Range(0, 5).Select(i => ((uint)i, 0u)));
        Assert.Equal((streamed.GetRowCount(), streamed.CanShuffle), (Scored(streamed).GetRowCount(), Scored(streamed).CanShuffle));
        Assert.False(streamed.CanShuffle);
    }

    [Fact]
    public void GetRowCursor_BatchesOfTheSource_AreKeptAndItIsClosed()
    {
        var data = LabelledRows.Of(_ml, Enumerable.Range(0, 20).Select(i => ((uint)i, 0u)));
        var circuit = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Fit(data);
        var source = new BatchedView(circuit.Transform(data));
        var options = new TopKScoringEstimator.Options { Engine = new RecordingEngine(7) };
        var scored = _ml.Transforms.ScoreTopK(options).Fit(source).Transform(source);
        List<long> batches = [];
        using (var cursor = scored.GetRowCursor([scored.Schema["LabelRank"]]))
        {
            while (batches.Count < 10 && cursor.MoveNext())
                batches.Add(cursor.Batch);
            Assert.Equal(0, source.Closed);
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => i / 3L), batches);
        Assert.Equal(1, source.Closed);
    }

    [Fact]
    public void Transform_MissingToken_IsNotScoredAsNaN()
    {
        var engine = new RecordingEngine();
        var scored = Scored(LabelledRows.Of(_ml, [(1, 1), (LabelledRows.Missing, 1)]), engine);

        Assert.Equal(0u, scored.GetColumn<uint>("PredictedLabel").Last());
        Assert.False(engine.SawMissing);
    }

    [Theory]
    [InlineData("LabelRank")]
    [InlineData("LabelLogLoss")]
    public void GetColumn_FigureOfALabelAlone_ReadsTheLabel(string column)
    {
        var data = LabelledRows.Of(_ml, [(1, 2), (3, 4)]);
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(labelColumnName: "Next")).Fit(data).Transform(data);
        using var cursor = scored.GetRowCursor([scored.Schema[column]]);

        while (cursor.MoveNext())
        {
            if (column == "LabelRank")
                Assert.True(Value<float>(cursor, column) >= 1);
            else
                Assert.True(Value<double>(cursor, column) > 0);
        }
    }

    [Fact]
    public void GetDependencies_Column_NamesWhatItIsComputedFrom()
    {
        var data = LabelledRows.Of(_ml, [(1, 2)]);
        ITransformer circuit = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Fit(data);
        var extracted = circuit.Transform(data);
        ITransformer scoring = _ml.Transforms.ScoreTopK(labelColumnName: "Next").Fit(extracted);

        Assert.Equal(["TokenId"], Needed(circuit, data.Schema, "Circuit"));
        Assert.Equal(["Next"], Needed(circuit, data.Schema, "Next"));
        Assert.Equal(["Circuit"], Needed(scoring, extracted.Schema, "TopTokens"));
        Assert.Equal(["Next", "Circuit"], Needed(scoring, extracted.Schema, "LabelLogLoss"));
    }

    [Fact]
    public void PredictionEngine_ProbabilitiesThatNobodyReads_AreNotComputed()
    {
        var engine = new RecordingEngine();
        var tokens = _ml.Data.LoadVocabulary(_model);
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Engine = engine, Probabilities = true })).Fit(tokens);
        using var predictor = _ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(fitted, tokens.Schema);

        predictor.Predict(new() { TokenId = 3 });

        Assert.Contains(engine.Asked, asked => asked.LabelLogLoss);
        Assert.DoesNotContain(engine.Asked, asked => asked.Probabilities);
    }

    private IDataView Scored(IDataView data, IScoringEngine? engine = null) =>
        _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Engine = engine ?? CpuEngine.Shared }))
            .Fit(data).Transform(data);

    private static List<DataViewRowId> Ids(IDataView data, int? seed)
    {
        List<DataViewRowId> ids = [];
        var columns = data.Schema.Where(column => column.Name is "TokenId" or "LabelRank");
        using var cursor = data.GetRowCursor(columns, seed is { } value ? new Random(value) : null);
        var getter = cursor.GetIdGetter();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getter(ref id);
            ids.Add(id);
        }

        return ids;
    }

    private static T Value<T>(DataViewRow row, string column)
    {
        T value = default!;
        row.GetGetter<T>(row.Schema[column])(ref value);
        return value;
    }

    private static string[] Needed(ITransformer transformer, DataViewSchema schema, string column)
    {
        var mapper = transformer.GetRowToRowMapper(schema);
        return [.. mapper.GetDependencies([mapper.OutputSchema[column]]).Select(needed => needed.Name)];
    }

    /// <summary>A view whose cursors count batches of three rows, and say when they are closed.</summary>
    private sealed class BatchedView(IDataView inner) : IDataView
    {
        public int Closed { get; private set; }

        public bool CanShuffle => inner.CanShuffle;

        public DataViewSchema Schema => inner.Schema;

        public long? GetRowCount() => inner.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            new BatchedCursor(inner.GetRowCursor(columnsNeeded, rand), () => Closed++);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];
    }

    private sealed class BatchedCursor(DataViewRowCursor inner, Action closed) : DataViewRowCursor
    {
        public override long Position => inner.Position;

        public override long Batch => inner.Position / 3;

        public override DataViewSchema Schema => inner.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => inner.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => inner.GetIdGetter();

        public override bool MoveNext() => inner.MoveNext();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                closed();
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
