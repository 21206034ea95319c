using OVPipeline.Checkpoints;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TrainingFolderTests : IDisposable
{
    private readonly TrainingFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Save_MoreThanAreKept_TakesAwayTheOldest()
    {
        var output = _fixture.Output("run", keep: 2) with { CheckpointMinutes = 0, SnapshotTokens = 20 * 64 };
        Train(output);
        Assert.Equal(["step-000000040", "step-000000039"], output.Folder.Folders.Select(Path.GetFileName));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(output.Folder.Path, "checkpoints")).Length);
        Assert.Equal(["tokens-000000001280", "tokens-000000002560"],
            Directory.GetDirectories(Path.Combine(output.Folder.Path, "snapshots")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("config.json")]
    [InlineData("state.json")]
    public void LoadLast_NewestIsBroken_FallsBackAndSaysSo(string file)
    {
        foreach (string how in new[] { "cut", "gone", "flipped" })
        {
            var output = _fixture.Output($"run-{how}") with { CheckpointMinutes = 0 };
            Train(output);
            string broken = Path.Combine(output.Folder.Folders[0], file);
            byte[] bytes = File.ReadAllBytes(broken);
            if (how == "gone")
                File.Delete(broken);
            else if (how == "cut" || file == "state.json")
                File.WriteAllBytes(broken, bytes[..(bytes.Length / 2)]);
            else
            {
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(broken, bytes);
            }
            var said = new List<string>();
            using var model = output.Folder.LoadLast(new Sentences(said)).Model;
            Assert.Contains("step-000000040 is broken", Assert.Single(said), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Files"), InlineData("Options"), InlineData("Drawn"), InlineData("TokenizerDigest")]
    public void LoadLast_StateOfNulls_FallsBackAndSaysSo(string field)
    {
        var output = _fixture.Output("run") with { CheckpointMinutes = 0 };
        Train(output);
        string state = Path.Combine(output.Folder.Folders[0], "state.json");
        var fields = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(state))!;
        fields[field] = null;
        File.WriteAllText(state, fields.ToJsonString());
        var said = new List<string>();
        using var model = output.Folder.LoadLast(new Sentences(said)).Model;
        Assert.Contains("step-000000040 is broken", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void LoadLast_AllBroken_SaysSo()
    {
        var output = _fixture.Output("run") with { CheckpointMinutes = 0 };
        Train(output);
        foreach (string folder in output.Folder.Folders)
            File.Delete(Path.Combine(folder, "model.safetensors"));
        var error = Assert.Throws<CheckpointException>(() => output.Folder.LoadLast());
        Assert.Contains("none of its 3 checkpoints is whole", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadLast_PartOfACheckpoint_IsNotTakenForOne()
    {
        var output = _fixture.Output("run");
        Directory.CreateDirectory(Path.Combine(output.Folder.Path, "checkpoints", ".part-step-000000009"));
        var error = Assert.Throws<CheckpointException>(() => output.Folder.LoadLast());
        Assert.Contains("holds no checkpoint", error.Message, StringComparison.Ordinal);
        Train(output);
        Assert.Equal(["step-000000040"],
            Directory.GetDirectories(Path.Combine(output.Folder.Path, "checkpoints")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    public void Save_DiskFullAtAnyFile_LosesNothingThatWasSaved(string at)
    {
        using var whole = TrainingFixture.Model();
        new AttentionOnlyTrainer(TrainingFixture.Options).Fit(whole, _fixture.Data());

        int saves = 0;
        string path = Path.Combine(_fixture.Folder, "run");
        var full = new TrainingFolder(path)
        {
            Written = file => { if (file == at && ++saves == 3) throw new IOException("No space left on device"); },
        };
        using var model = TrainingFixture.Model();
        var error = Assert.Throws<CheckpointException>(
            () => new AttentionOnlyTrainer(TrainingFixture.Options).Fit(model, _fixture.Data(), new(full) { CheckpointMinutes = 0 }));
        Assert.Contains("the checkpoint of step 3 could not be written", error.Message, StringComparison.Ordinal);
        Assert.Contains("No space left on device; the last whole one is", error.Message, StringComparison.Ordinal);
        Assert.Equal(["step-000000001", "step-000000002"],
            Directory.GetDirectories(Path.Combine(path, "checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var checkpoint = new TrainingFolder(path).LoadLast();
        new AttentionOnlyTrainer(TrainingFixture.Options).Resume(checkpoint, _fixture.Data());
        Assert.Equal(TrainingFixture.AllWeights(whole), TrainingFixture.AllWeights(checkpoint.Model));
        checkpoint.Model.Dispose();
    }

    [Fact]
    public void Save_FolderThatCannotBeMade_SaysSo()
    {
        string file = Path.Combine(_fixture.Folder, "file");
        File.WriteAllText(file, "");
        using var model = TrainingFixture.Model();
        Assert.ThrowsAny<IOException>(() => new AttentionOnlyTrainer(TrainingFixture.Options)
            .Fit(model, _fixture.Data(), new(new TrainingFolder(Path.Combine(file, "run")))));
    }

    private void Train(TrainingOutput output)
    {
        using var model = TrainingFixture.Model();
        new AttentionOnlyTrainer(TrainingFixture.Options with { LogTokens = long.MaxValue }).Fit(model, _fixture.Data(), output);
    }

    private sealed class Sentences(List<string> said) : IProgress<string>
    {
        public void Report(string value) => said.Add(value);
    }
}
