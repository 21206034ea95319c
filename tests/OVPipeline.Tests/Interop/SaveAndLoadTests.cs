using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Interop;

public sealed class SaveAndLoadTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();
    private readonly string _zip = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.zip");
    private readonly IDataView _tokens;
    private readonly ITransformer _fitted;

    public SaveAndLoadTests()
    {
        _tokens = _ml.Data.LoadVocabulary(_model);
        _fitted = _ml.OVCircuits().Trainers.LowRankCopier(_model, rank: 4).Append(_ml.Transforms.ScoreTopK(k: 3)).Fit(_tokens);
        _ml.Model.Save(_fitted, _tokens.Schema, _zip);
    }

    public void Dispose() => File.Delete(_zip);

    [Fact]
    public void Load_WithoutTheCheckpoint_ScoresTheSameBits()
    {
        var ml = new MLContext();
        var loaded = ml.Model.Load(_zip, out var schema);
        var circuit = ((IEnumerable<ITransformer>)loaded).OfType<TokenCircuitTransformer>().Single();
        var again = ml.Data.CreateEnumerable<TokenPrediction>(
            loaded.Transform(ml.Data.LoadVocabulary(circuit.Vocabulary)), false).ToArray();
        var before = _ml.Data.CreateEnumerable<TokenPrediction>(_fitted.Transform(_tokens), false).ToArray();
        Assert.Equal(["TokenId", "Token", "TokenGroup"], schema.Select(column => column.Name));
        Assert.Equal(before.Length, again.Length);
        foreach (var (x, y) in before.Zip(again))
        {
            Assert.Equal(x.TopTokens, y.TopTokens);
            Assert.Equal(x.TopScores.Select(BitConverter.SingleToInt32Bits), y.TopScores.Select(BitConverter.SingleToInt32Bits));
            Assert.Equal((x.LabelRank, x.LabelLogLoss), (y.LabelRank, y.LabelLogLoss));
        }
    }

    [Fact]
    public void Load_Circuit_KeepsFactorsNameAndHeads()
    {
        var pair = _ml.Transforms.ExtractOVCircuit("OV", "TokenId", _model, new HeadIndex(1, 0), new HeadIndex(1, 2)).Fit(_tokens);
        _ml.Model.Save(pair, _tokens.Schema, _zip);
        var loaded = Assert.IsType<TokenCircuitTransformer>(Unwrap(new MLContext().Model.Load(_zip, out _)));
        Assert.Equal((pair.InputColumnName, pair.OutputColumnName, pair.Circuit.Name),
            (loaded.InputColumnName, loaded.OutputColumnName, loaded.Circuit.Name));
        Assert.Equal(pair.Circuit.Heads, loaded.Circuit.Heads);
        Assert.Equal(("small", "W_V halved"), (loaded.Circuit.Origin.Model, loaded.Circuit.Origin.Processing.Single()));
        Assert.Equal(pair.Circuit.H.Values.ToArray(), loaded.Circuit.H.Values.ToArray());
        Assert.Equal(pair.Circuit.G.Values.ToArray(), loaded.Circuit.G.Values.ToArray());
        Assert.Equal(pair.Circuit.Residual.A.Values.ToArray(), loaded.Circuit.Residual.A.Values.ToArray());
        Assert.Equal(pair.Circuit.Residual.B.Values.ToArray(), loaded.Circuit.Residual.B.Values.ToArray());
        Assert.Equal(_model.Vocabulary.Tokens, loaded.Vocabulary.Tokens);
    }

    [Fact]
    public void Load_EveryScoringOption_IsKept()
    {
        var definition = SchemaDefinition.Create(typeof(Followed));
        foreach (string name in new[] { nameof(Followed.TokenId), nameof(Followed.Next) })
            definition[name].ColumnType = new KeyDataViewType(typeof(uint), 120);
        var rows = Enumerable.Range(0, 120).Select(i => new Followed { TokenId = (uint)i, Next = (uint)((i + 7) % 120) });
        var data = _ml.Data.LoadFromEnumerable(rows, definition);
        var options = new TopKScoringEstimator.Options
        {
            CircuitColumnName = "Other",
            LabelColumnName = "Next",
            K = 2,
            Probabilities = true,
        };
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(0, 1))
            .Append(_ml.Transforms.ExtractOVCircuit("Other", "TokenId", _model, new HeadIndex(1, 0)))
            .Append(_ml.Transforms.ScoreTopK(options)).Fit(data);
        _ml.Model.Save(fitted, data.Schema, _zip);
        IDataView before = fitted.Transform(data), after = new MLContext().Model.Load(_zip, out _).Transform(data);
        Assert.Equal(before.Schema.Select(column => (column.Name, column.Type)), after.Schema.Select(column => (column.Name, column.Type)));
        Assert.Equal(before.GetColumn<float>("LabelRank"), after.GetColumn<float>("LabelRank"));
        Assert.Equal(before.GetColumn<float[]>("TopScores"), after.GetColumn<float[]>("TopScores"));
        Assert.Equal(before.GetColumn<float[]>("Score"), after.GetColumn<float[]>("Score"));
        double[][] logits = SmallModel.Logits(((IEnumerable<ITransformer>)fitted).OfType<TokenCircuitTransformer>().Last().Circuit);
        var ranks = Enumerable.Range(0, 120).Select(i => (float)SmallModel.Rank(logits[i], (i + 7) % 120));
        Assert.Equal(ranks, after.GetColumn<float>("LabelRank"));
    }

    [Fact]
    public void Save_FittedCopier_HoldsNoEmbeddings()
    {
        using var zip = ZipFile.OpenRead(_zip);
        long ours = zip.Entries.Where(entry => entry.Name is "H" or "G" or "A" or "B").Sum(entry => entry.Length);
        Assert.Equal(4L * 4 * (2 * 120 + 2 * 16), ours);
    }

    [Fact]
    public void PredictionEngine_OfALoadedModel_NeedsNothingElse()
    {
        var ml = new MLContext();
        var loaded = ml.Model.Load(_zip, out var schema);
        using var engine = ml.Model.CreatePredictionEngine<TokenExample, TokenPrediction>(loaded, schema);
        var row = _ml.Data.CreateEnumerable<TokenPrediction>(_fitted.Transform(_tokens), false).ElementAt(42);
        var answer = engine.Predict(new() { TokenId = 42 });
        Assert.Equal(row.TopTokens, answer.TopTokens);
        Assert.Equal(row.LabelRank, answer.LabelRank);
    }

    [Theory]
    [InlineData("H")]
    [InlineData("G")]
    [InlineData("A")]
    [InlineData("B")]
    [InlineData("Tokens")]
    [InlineData("Circuit")]
    [InlineData("ScoreTopK")]
    public void Load_TamperedEntry_NamesIt(string entry)
    {
        Rewrite(entry, bytes =>
        {
            bytes[bytes.Length / 2] ^= 1;
            return bytes;
        });
        var error = LoadError();
        Assert.Equal(entry, error.Entry);
        Assert.Contains("SHA-256", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("H")]
    [InlineData("ScoreTopK")]
    public void Load_ShortEntry_NamesItAndItsLength(string entry)
    {
        Rewrite(entry, bytes => bytes[..^1]);
        var error = LoadError();
        Assert.Equal(entry, error.Entry);
        Assert.Contains("fewer than", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("G")]
    [InlineData("Tokens")]
    public void Load_MissingEntry_NamesIt(string entry)
    {
        Rewrite(entry, _ => null);
        var error = LoadError();
        Assert.Equal(entry, error.Entry);
        Assert.Contains("is missing", error.Message, StringComparison.Ordinal);
    }

    private CircuitModelException LoadError()
    {
        Exception? error = Record.Exception(() => new MLContext().Model.Load(_zip, out _));
        while (error is not null and not CircuitModelException)
            error = error.InnerException;
        return Assert.IsType<CircuitModelException>(error);
    }

    private static ITransformer Unwrap(ITransformer loaded) => loaded is IEnumerable<ITransformer> chain ? chain.Single() : loaded;

    private void Rewrite(string entry, Func<byte[], byte[]?> change)
    {
        using var zip = ZipFile.Open(_zip, ZipArchiveMode.Update);
        var old = zip.Entries.First(e => e.Name == entry);
        var bytes = new byte[old.Length];
        using (var stream = old.Open())
            stream.ReadExactly(bytes);
        string name = old.FullName;
        old.Delete();
        if (change(bytes) is not { } changed)
            return;
        using var written = zip.CreateEntry(name).Open();
        written.Write(changed);
    }

    private sealed class Followed
    {
        public uint TokenId { get; set; }
        public uint Next { get; set; }
    }
}
