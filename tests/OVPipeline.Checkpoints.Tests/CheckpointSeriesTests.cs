using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class CheckpointSeriesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeRepositories _hub = new();

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("tokens-005M.safetensors", SeriesUnit.Tokens, 5_000_000L)]
    [InlineData("tokens-0.5M.safetensors", SeriesUnit.Tokens, 500_000L)]
    [InlineData("tokens-000012345678", SeriesUnit.Tokens, 12_345_678L)]
    [InlineData("tokens_4980736.pth", SeriesUnit.Tokens, 4_980_736L)]
    [InlineData("step1000", SeriesUnit.Steps, 1000L)]
    [InlineData("checkpoint-500", SeriesUnit.Steps, 500L)]
    [InlineData("model_step_20.pt", SeriesUnit.Steps, 20L)]
    [InlineData("epoch_3.ckpt.pt", SeriesUnit.Epochs, 3L)]
    [InlineData("SoLU_1L_v9_000500.pth", null, 500L)]
    [InlineData("SoLU_1L_v9_4980736000.pth", SeriesUnit.Tokens, 4_980_736_000L)]
    public void OfFile_Name_TellsThePlace(string name, SeriesUnit? unit, long position) =>
        Assert.Equal(new SeriesName(unit, position), SeriesName.OfFile(name));

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("main")]
    [InlineData("optimizer.pt")]
    [InlineData("v1.0")]
    public void OfFile_OtherNames_TellNone(string name) => Assert.Null(SeriesName.OfFile(name));

    [Fact]
    public void Open_EmbeddedModel_FindsItsCheckpointsAndItsConfiguration()
    {
        var series = CheckpointSeries.Open(Repository.PathOf("data", "attn-only-2l-quarter"));
        Assert.Equal((SeriesUnit.Tokens, 5), (series.Unit, series.Checkpoints.Count));
        Assert.Equal([1_000_000L, 3_000_000, 5_000_000, 10_000_000, 20_000_000], series.Checkpoints.Select(one => one.Position));
        var weights = series.Load(series.Checkpoints[0], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(("shortformer", 3142), (weights.Config.PositionalEmbedding, weights.Config.Vocabulary));
        Assert.DoesNotContain(weights.Processing, note => note.StartsWith("positions are taken", StringComparison.Ordinal));
        Assert.NotEqual(weights.W_E[5, 3], series.Load(series.Checkpoints[4]).W_E[5, 3]);
    }

    [Fact]
    public void Choose_NamesAndPositions_AreInTheOrderOfTheTraining()
    {
        var series = CheckpointSeries.Open(Repository.PathOf("data", "attn-only-2l-quarter"));
        string name = series.Checkpoints[1].Name;
        var chosen = series.Choose(["20M", name, "1000000", "3M"]);
        Assert.Equal([1_000_000L, 3_000_000, 20_000_000], chosen.Checkpoints.Select(one => one.Position));
        Assert.Equal((series.Source, series.Unit), (chosen.Source, chosen.Unit));
        Assert.Equal(series.Load(series.Checkpoints[1]).W_E[5, 3], chosen.Load(chosen.Checkpoints[1]).W_E[5, 3]);
        var error = Assert.Throws<CheckpointException>(() => series.Choose(["3M", "7M"]));
        string has = $"has no checkpoint 7M; it has 5, {series.Checkpoints[0].Name} to {series.Checkpoints[4].Name}.";
        Assert.Contains(has, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SeveralFiles_AreASeries()
    {
        string[] paths = [.. new[] { "step200", "step0", "step30" }.Select(name => _folder.PathOf(name + ".safetensors"))];
        foreach (string path in paths)
            SafetensorsWriter.Write(path, TinyModel.Tensors());
        var series = CheckpointSeries.Open(string.Join(", ", paths));
        Assert.Equal((SeriesUnit.Steps, 3), (series.Unit, series.Checkpoints.Count));
        Assert.Equal([0L, 30, 200], series.Checkpoints.Select(one => one.Position));
        Assert.True(series.Load(series.Checkpoints[2]).Config.Vocabulary > 0);

        string unnumbered = _folder.PathOf("final.safetensors"), twice = _folder.PathOf("iter-200.safetensors");
        SafetensorsWriter.Write(unnumbered, TinyModel.Tensors());
        SafetensorsWriter.Write(twice, TinyModel.Tensors());
        Says("final.safetensors: its name does not say where in a training it stands", paths[0], unnumbered);
        Says("there is no such file or folder", paths[0], _folder.PathOf("step7.safetensors"));
        Says("two of them stand at one place of a training", paths[0], twice);

        static void Says(string said, params string[] files)
        {
            var error = Assert.Throws<CheckpointException>(() => CheckpointSeries.Open(string.Join(',', files)));
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_FolderOfFolders_LoadsEachWithItsOwnConfiguration()
    {
        foreach (string name in new[] { "checkpoint-1000", "checkpoint-200", "runs" })
        {
            Directory.CreateDirectory(_folder.PathOf(name));
            SafetensorsWriter.Write(_folder.PathOf(name, "model.safetensors"), TinyModel.Tensors());
            File.WriteAllText(_folder.PathOf(name, "config.json"), """{"shortformer_pos": true}""");
        }
        File.WriteAllText(_folder.PathOf("config.json"), "no JSON");
        var series = CheckpointSeries.Open(_folder.Path);
        Assert.Equal(["checkpoint-200", "checkpoint-1000"], series.Checkpoints.Select(one => one.Name));
        Assert.Equal((SeriesUnit.Steps, "shortformer"), (series.Unit, series.Load(series.Checkpoints[0]).Config.PositionalEmbedding));
    }

    [Fact]
    public void Open_RevisionsOfAHub_AreLoadedByWeightsAlone()
    {
        string fixture = Repository.Fixture("Architectures", "gpt_neox");
        (string, byte[])[] files = [.. FakeRepositories.FilesOf(fixture), ("tokenizer.json", "{}"u8.ToArray())];
        foreach (string revision in new[] { "main", "step1000", "step0", "step512" })
            _hub.Add("EleutherAI/pythia-70m", revision, files);
        using var client = _hub.Client(_folder.Path);
        var series = CheckpointSeries.Open("pythia-70m", null, client, TestContext.Current.CancellationToken);
        Assert.Equal(["step0", "step512", "step1000"], series.Checkpoints.Select(one => one.Name));
        Assert.Equal((SeriesUnit.Tokens, 1000L * 2_097_152), (series.Unit, series.Checkpoints[^1].Position));
        Assert.DoesNotContain(_hub.Requests, path => path.Contains("/resolve/", StringComparison.Ordinal));

        var weights = series.Load(series.Checkpoints[1], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("EleutherAI/pythia-70m@step512", weights.Config.Name);
        Assert.DoesNotContain(_hub.Requests, path => path.EndsWith("tokenizer.json", StringComparison.Ordinal));
        Assert.True(File.Exists(_folder.PathOf("models--EleutherAI--pythia-70m", "refs", "step512")));
        AssertOffline("pythia-70m", "step512");
    }

    [Fact]
    public void Open_FilesOfAHub_AreThoseInFolders()
    {
        string path = _folder.PathOf("tiny.pth");
        TorchArchive.Write(path, TorchArchive.AttentionOnly(1, 2, 8, 4, 20, 16));
        byte[] weights = File.ReadAllBytes(path);
        _hub.Add("NeelNanda/Attn-Only-2L512W-Shortformer-6B-big-lr", "main", ("config.json", "{}"u8.ToArray()),
            ("model_final.pth", weights), ("checkpoints/tokens_6000000000.pth", weights), ("checkpoints/tokens_700000.pth", weights));
        using var client = _hub.Client(_folder.PathOf("cache"));
        var series = CheckpointSeries.Open("attn-only-demo", null, client, TestContext.Current.CancellationToken);
        Assert.Equal([700_000L, 6_000_000_000L], series.Checkpoints.Select(one => one.Position));
        var loaded = series.Load(series.Checkpoints[1], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("shortformer", loaded.Config.PositionalEmbedding); // known of the model, whose config.json is silent
        Assert.DoesNotContain(_hub.Requests, one => one.EndsWith("model_final.pth", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/no/such/folder", "no series of checkpoints")]
    [InlineData("org/none", "the hub has nothing of that name")]
    public void Open_NothingOfThatName_SaysSo(string source, string said)
    {
        using var client = _hub.Client(_folder.Path);
        var error = Assert.Throws<CheckpointException>(
            () => CheckpointSeries.Open(source, null, client, TestContext.Current.CancellationToken));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    // What was fetched is a series of its own where no hub is asked.
    private void AssertOffline(string source, string only)
    {
        using var client = _hub.Client(_folder.Path, offline: true);
        var series = CheckpointSeries.Open(source, null, client, TestContext.Current.CancellationToken);
        Assert.Equal([only], series.Checkpoints.Select(one => one.Name));
        Assert.Equal(12, series.Load(series.Checkpoints[0]).Config.DModel);
    }
}
