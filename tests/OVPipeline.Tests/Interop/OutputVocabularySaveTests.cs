using System.IO.Compression;
using Microsoft.ML;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Interop;

/// <summary>Saved circuits of models whose outputs are not their tokens.</summary>
public sealed class OutputVocabularySaveTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = OutputModel.Create();
    private readonly string _zip = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.zip");

    public void Dispose() => File.Delete(_zip);

    [Fact]
    public void Load_CircuitToOtherOutputs_HasBothVocabulariesAndScoresTheSameBits()
    {
        var data = _ml.Data.LoadVocabulary(_model, "Label", token => token % 3);
        var fitted = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 2))
            .Append(_ml.Transforms.ScoreTopK(k: 2, labelColumnName: "Label")).Fit(data);
        _ml.Model.Save(fitted, data.Schema, _zip);

        var ml = new MLContext();
        var loaded = ml.Model.Load(_zip, out _);

        var circuit = (TokenCircuitTransformer)((IEnumerable<ITransformer>)loaded).First();
        Assert.Equal(_model.Vocabulary.Tokens, circuit.Vocabulary.Tokens);
        Assert.Equal(_model.OutputVocabulary.Tokens, circuit.OutputVocabulary.Tokens);
        Assert.Equal((60, 3), (circuit.Circuit.Vocabulary, circuit.Circuit.OutputVocabulary));
        var before = _ml.Data.CreateEnumerable<TokenPrediction>(fitted.Transform(data), false).ToArray();
        var after = ml.Data.CreateEnumerable<TokenPrediction>(loaded.Transform(data), false).ToArray();
        Assert.Equal(before.Select(row => (row.LabelRank, row.LabelLogLoss)), after.Select(row => (row.LabelRank, row.LabelLogLoss)));
        Assert.Equal(before.SelectMany(row => row.TopScores), after.SelectMany(row => row.TopScores));
        // Readers of the first two versions would take the outputs for the tokens: they are told not to.
        Assert.Equal((0x00010004u, 0x00010003u), Versions());
    }

    [Fact]
    public void Save_OutputsThatAreTheTokens_WritesThemOnce()
    {
        var model = SmallModel.Create();
        var tokens = _ml.Data.LoadVocabulary(model);
        _ml.Model.Save(_ml.Transforms.ExtractOVCircuit("OV", "TokenId", model, new HeadIndex(1, 0)).Fit(tokens), tokens.Schema, _zip);

        using (var zip = ZipFile.OpenRead(_zip))
            Assert.DoesNotContain(zip.Entries, entry => entry.Name == "Outputs");
        var loaded = (TokenCircuitTransformer)new MLContext().Model.Load(_zip, out _);
        Assert.Same(loaded.Vocabulary, loaded.OutputVocabulary);
    }

    [Fact]
    public void Load_OutputsMissing_SaysWhich()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        _ml.Model.Save(_ml.Transforms.ExtractOVCircuit("OV", "TokenId", _model, new HeadIndex(1, 0)).Fit(tokens), tokens.Schema, _zip);
        using (var zip = ZipFile.Open(_zip, ZipArchiveMode.Update))
            zip.Entries.Single(entry => entry.Name == "Outputs").Delete();

        Exception? error = Record.Exception(() => new MLContext().Model.Load(_zip, out _));
        while (error is not null and not CircuitModelException)
            error = error.InnerException;
        Assert.Equal("Outputs", Assert.IsType<CircuitModelException>(error).Entry);
    }

    private (uint Written, uint Readable) Versions()
    {
        using var zip = ZipFile.OpenRead(_zip);
        var found = zip.Entries.Single(entry => entry.Name == "Outputs");
        using var stream = zip.GetEntry(found.FullName[..^found.Name.Length] + "Model.key")!.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        int at = bytes.ToArray().AsSpan().IndexOf("OVTCIRCT"u8) + 8;
        return (BitConverter.ToUInt32(bytes.ToArray(), at), BitConverter.ToUInt32(bytes.ToArray(), at + 4));
    }
}
