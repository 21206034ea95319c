using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Interop;

/// <summary>How a fit went, on its transformer and in the zip; and zips of before.</summary>
public sealed class SavedFitTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 9);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();
    private readonly string _zip = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.zip");

    public void Dispose() => File.Delete(_zip);

    [Fact]
    public void Fit_Copier_SaysWithWhatAndHowItWasFitted()
    {
        List<double> told = [];
        var fit = Trainer(new() { Rank = 3, MaxSteps = 12 }, told).Fit(_ml.Data.LoadVocabulary(_model)).Fit!;

        Assert.Equal((9, 3, 12), (fit.Options!.Seed, fit.Options.Rank, fit.Options.MaxSteps));
        Assert.Equal((12, FitStop.Steps), (fit.Steps, fit.StopReason));
        Assert.Equal(told, fit.StepLosses);
        Assert.Equal(12, told.Count);
        Assert.Equal(CpuEngine.InstructionSet, fit.InstructionSet);
    }

    [Fact]
    public void Load_SavedCopier_SaysTheSameOfItsFit()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var options = new LowRankFitOptions { Rank = 3, MaxNorm = 4, StationarityTolerance = 0.01, Objective = FitObjective.FullSoftmax };
        var fitted = Trainer(options, []).Fit(tokens);
        _ml.Model.Save(fitted, tokens.Schema, _zip);

        var loaded = Loaded().Fit!;

        var fit = fitted.Fit!;
        Assert.Equal((fit.Steps, fit.StopReason, fit.LogLoss), (loaded.Steps, loaded.StopReason, loaded.LogLoss));
        Assert.Equal((fit.Accuracy, fit.Stationarity, fit.SquaredError), (loaded.Accuracy, loaded.Stationarity, loaded.SquaredError));
        Assert.Equal(fit.InstructionSet, loaded.InstructionSet);
        Assert.NotNull(loaded.Stationarity);
        Assert.Equal(fit.StepLosses, loaded.StepLosses);
        Assert.NotEmpty(loaded.StepLosses);
        var unsaved = loaded.Options!;
        Assert.Equal(options with { Seed = 9, Engine = unsaved.Engine, KnownFactors = unsaved.KnownFactors }, unsaved);
        Assert.Equal(fit.Residual.A.Values.ToArray(), loaded.Residual.A.Values.ToArray());
    }

    [Fact]
    public void Save_Copier_WritesTheFitAsJsonWithoutItsFactors()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var known = TokenCircuit.OfHeads(_model.Weights, new HeadIndex(1, 0)).Residual;
        var options = new LowRankFitOptions { Rank = 4, MaxSteps = 5, MaxNorm = 3, KnownFactors = [known] };
        _ml.Model.Save(Trainer(options, []).Fit(tokens), tokens.Schema, _zip);

        using var zip = ZipFile.OpenRead(_zip);
        using var stream = zip.Entries.Single(entry => entry.Name == "Fit").Open();
        using var json = JsonDocument.Parse(stream);
        Assert.Equal(4, json.RootElement.GetProperty("options").GetProperty("rank").GetInt32());
        Assert.True(json.RootElement.TryGetProperty("stopReason", out var reason) && reason.ValueKind == JsonValueKind.String);
        Assert.False(json.RootElement.TryGetProperty("residual", out _));
        Assert.All(["knownFactors", "initialFactors", "engine"],
            left => Assert.False(json.RootElement.GetProperty("options").TryGetProperty(left, out _)));
    }

    [Fact]
    public void Save_ExtractedCircuit_HasNoFit()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        _ml.Model.Save(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Fit(tokens), tokens.Schema, _zip);
        Assert.Null(Loaded().Fit);
        using var zip = ZipFile.OpenRead(_zip);
        Assert.DoesNotContain(zip.Entries, entry => entry.Name == "Fit");
    }

    [Theory, InlineData("head-0.1.0.zip"), InlineData("copier-0.1.0.zip")]
    public void Load_ZipOfTheFirstVersion_ScoresAsItDid(string file)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Interop", "Fixtures", file);
        var loaded = new MLContext().Model.Load(path, out var schema);

        var circuit = ((IEnumerable<ITransformer>)loaded).OfType<TokenCircuitTransformer>().Single();
        var tokens = _ml.Data.LoadVocabulary(circuit.Vocabulary);
        var scored = loaded.Transform(tokens);
        double[][] logits = SmallModel.Logits(circuit.Circuit);

        Assert.Null(circuit.Fit);
        Assert.Equal(["TokenId", "Token"], schema.Select(column => column.Name));
        Assert.Equal(Enumerable.Range(0, 120).Select(i => (float)SmallModel.Rank(logits[i], i)), scored.GetColumn<float>("LabelRank"));
        Assert.Equal(Enumerable.Range(0, 120).Select(i => (uint)Array.IndexOf(logits[i], logits[i].Max()) + 1),
            scored.GetColumn<uint[]>("TopTokens").Select(row => row[0]));
        Assert.Equal(file == "copier-0.1.0.zip", scored.Schema.GetColumnOrNull("Score") is not null);
        if (file == "head-0.1.0.zip")
        {
            var head = TokenCircuit.OfHeads(_model.Weights, new HeadIndex(1, 0));
            Assert.Equal(head.H.Values.ToArray(), circuit.Circuit.H.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
        }
    }

    private LowRankCopierTrainer Trainer(LowRankFitOptions fit, List<double> told) => _ml.OVCircuits().Trainers.LowRankCopier(_model,
        new LowRankCopierTrainer.Options { Fit = fit, Progress = new Told(told) });

    private TokenCircuitTransformer Loaded()
    {
        var loaded = new MLContext().Model.Load(_zip, out _);
        return loaded as TokenCircuitTransformer ?? ((IEnumerable<ITransformer>)loaded).OfType<TokenCircuitTransformer>().Single();
    }

    private sealed class Told(List<double> losses) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => losses.Add(value.Loss);
    }
}
