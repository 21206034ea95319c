using System.IO.Compression;
using System.Text;
using Microsoft.ML;
using OVPipeline.Core;
using OVPipeline.Tests.Atlas;
using Xunit;

namespace OVPipeline.Tests.Interop;

/// <summary>The bytes of a saved model, which files of every version have to keep.</summary>
public sealed class SavedFormatTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();
    private readonly string _zip = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.zip");

    public void Dispose() => File.Delete(_zip);

    [Fact]
    public void Save_OVCircuit_WritesTheseBytes()
    {
        SaveCircuit();

        string name = TokenCircuit.OfHeads(_model.Weights, new HeadIndex(1, 0), new HeadIndex(1, 2)).Name;
        byte[] circuit =
        [
            .. Text("OV"), .. Text("TokenId"), .. Text(name), .. Text("small"), .. Number(2), .. Text("1.0"), .. Text("1.2"),
            .. Number(1), .. Text("W_V halved"), .. Number(8), .. Number(16),
        ];
        Assert.Equal(circuit, Entry("Circuit").Bytes);
        Assert.Equal([.. Number(120), .. Text("t0"), .. Text("t1")], Entry("Tokens").Bytes[..10]);
    }

    [Fact]
    public void Save_QKCircuit_EndsInItsAxes()
    {
        var model = AtlasModel.Create();
        var tokens = _ml.Data.LoadVocabulary(model);
        var estimator = _ml.Transforms.ExtractQKCircuit("QK", "TokenId", model, new HeadIndex(1, 2), CircuitAxes.KeyToQuery);
        _ml.Model.Save(estimator.Fit(tokens), tokens.Schema, _zip);

        byte[] end = [.. Number(4), .. Number(16), .. Text("KeyToQuery")];
        Assert.Equal(end, Entry("Circuit").Bytes[^end.Length..]);
    }

    [Fact]
    public void Save_Scoring_WritesTheseBytes()
    {
        SaveScoring();

        Assert.Equal([.. Text("Circuit"), .. Text("Next"), .. Number(7), 1], Entry("ScoreTopK").Bytes);
    }

    [Theory, InlineData(0x00010001u), InlineData(0x00010002u), InlineData(0x00010003u)]
    public void Load_FileOfAnOldVersion_IsReadAndTheFirstReadersMayReadTheLast(uint version)
    {
        SaveCircuit();
        var (path, key) = Entry("Model.key", beside: "Circuit");
        int at = key.AsSpan().IndexOf("OVTCIRCT"u8) + 8;
        Assert.Equal((0x00010004u, 0x00010001u), (BitConverter.ToUInt32(key, at), BitConverter.ToUInt32(key, at + 4)));
        BitConverter.TryWriteBytes(key.AsSpan(at), version);
        Replace(path, key);

        var loaded = (TokenCircuitTransformer)new MLContext().Model.Load(_zip, out _);

        Assert.Equal((120, 120), (loaded.Vocabulary.Count, loaded.OutputVocabulary.Count));
    }

    [Theory]
    [InlineData(65)]
    [InlineData(-1)]
    public void Load_ImpossibleCountOfEntries_SaysIt(int count)
    {
        SaveScoring();
        var (path, key) = Entry("Model.key", beside: "ScoreTopK");
        int at = key.AsSpan().IndexOf([.. Number(1), .. Text("ScoreTopK")]);
        Number(count).CopyTo(key, at);
        Replace(path, key);

        Assert.Contains($"there are {count} entries", LoadError().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LongEntry_NamesItAndItsLength()
    {
        SaveScoring();
        var (path, bytes) = Entry("ScoreTopK");
        Replace(path, [.. bytes, 0]);

        var error = LoadError();

        Assert.Equal("ScoreTopK", error.Entry);
        Assert.Contains($"more than the {bytes.Length} bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EntryThatUnpacksToMuchMore_IsNotReadToItsEnd()
    {
        SaveScoring();
        Replace(Entry("ScoreTopK").Path, new byte[64 << 20]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than", LoadError().Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }

    [Fact]
    public void Load_OptionsThatNoOneCouldSave_AreRefused()
    {
        var scoring = new TopKScoringTransformer(_ml, new TopKScoringEstimator.Options { K = 0 });
        _ml.Model.Save(scoring, null, _zip);

        Assert.Equal("ScoreTopK", LoadError().Entry);
    }

    private void SaveCircuit()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var pair = _ml.Transforms.ExtractOVCircuit("OV", "TokenId", _model, new HeadIndex(1, 0), new HeadIndex(1, 2));
        _ml.Model.Save(pair.Fit(tokens), tokens.Schema, _zip);
    }

    private void SaveScoring()
    {
        var data = LabelledRows.Of(_ml, [(0, 1)]);
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { LabelColumnName = "Next", K = 7, Probabilities = true }))
            .Fit(data);
        _ml.Model.Save(fitted, data.Schema, _zip);
    }

    private CircuitModelException LoadError()
    {
        Exception? error = Record.Exception(() => new MLContext().Model.Load(_zip, out _));
        while (error is not null and not CircuitModelException)
            error = error.InnerException;
        return Assert.IsType<CircuitModelException>(error);
    }

    // The entry of a name, or the one beside another in its folder.
    private (string Path, byte[] Bytes) Entry(string name, string? beside = null)
    {
        using var zip = ZipFile.OpenRead(_zip);
        var found = zip.Entries.Single(entry => entry.Name == (beside ?? name));
        string path = found.FullName[..^found.Name.Length] + name;
        using var stream = zip.GetEntry(path)!.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return (path, bytes.ToArray());
    }

    private void Replace(string path, byte[] bytes)
    {
        using var zip = ZipFile.Open(_zip, ZipArchiveMode.Update);
        zip.GetEntry(path)!.Delete();
        using var stream = zip.CreateEntry(path).Open();
        stream.Write(bytes);
    }

    private static byte[] Number(int value) => BitConverter.GetBytes(value);

    private static byte[] Text(string text) => [(byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)];
}
