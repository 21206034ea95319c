using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Files that somebody made to find an exception that is not documented.</summary>
public sealed class HostileCasesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_TokenizerWithHalfOfAPairInAName_SaysThePlace()
    {
        File.Copy(SharedFiles.PathOf("cases", "hostile", "lone-surrogate-key.tokenizer.json"), _folder.PathOf("tokenizer.json"));

        string? reason = CheckpointTokenizer.Load(_folder.Path, 30).NoTokenizer;

        Assert.StartsWith($"{_folder.PathOf("tokenizer.json")}: ", reason, StringComparison.Ordinal);
        Assert.Contains("has a name that is no text", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"\\ud800\": 1, \"model_type\": \"gemma\"}")]
    [InlineData("{\"model_type\": \"gemma\", \"\\udfffx\": 1}")]
    [InlineData("{\"model_type\": \"\\ud800\"}")]
    [InlineData("{\"architectures\": [\"\\ud800\"], \"model_type\": \"gemma\"}")]
    public void Load_ConfigurationWithHalfOfAPair_ThrowsACheckpointException(string json)
    {
        foreach (string file in Directory.GetFiles(Repository.Fixture("Architectures", "gemma")))
            File.Copy(file, _folder.PathOf(Path.GetFileName(file)));
        File.WriteAllText(_folder.PathOf("config.json"), json);

        Assert.StartsWith($"{_folder.Path}", Assert.Throws<CheckpointException>(
            () => TransformerCheckpoint.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OutputNames_LabelWhoseNumberIsHalfOfAPair_AreNumbers()
    {
        var labels = System.Text.Json.JsonDocument.Parse("{\"id2label\": {\"\\ud800\": \"a\"}}").RootElement;

        Assert.Equal(["<output 0>"], OutputNames.Of(ModelConfigFile.Within("f", labels), 1).Tokens);
    }

    [Fact]
    public void OfHeads_FiniteWeightsWhoseProductIsNot_NamesTheFile()
    {
        string fixture = Repository.Fixture("Architectures", "gemma");
        foreach (string file in Directory.GetFiles(fixture))
            File.Copy(file, _folder.PathOf(Path.GetFileName(file)));
        File.Copy(SharedFiles.PathOf("cases", "hostile", "overflow-finite-weights.gemma.safetensors"),
            _folder.PathOf("model.safetensors"), overwrite: true);
        var weights = TransformerCheckpoint.Load(_folder.Path).Weights;

        var errors = weights.Config.AllHeads.Select(head => Record.Exception(() => TokenCircuit.OfHeads(weights, head)))
            .OfType<Exception>().ToList();

        Assert.NotEmpty(errors);
        foreach (var error in errors)
        {
            Assert.IsType<NotFiniteNumberException>(error);
            Assert.StartsWith($"{_folder.PathOf("model.safetensors")}: circuit ", error.Message, StringComparison.Ordinal);
            Assert.EndsWith("is not finite: a weight is not, or their product is beyond single precision.", error.Message,
                StringComparison.Ordinal);
        }
    }

    // A million keys: what they cost grows as they do.
    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public void Read_MillionsOfKeys_TakeWhatTheirBytesDo(string file)
    {
        double few = BytesAllocated(file, 50_000), many = BytesAllocated(file, 400_000);

        Assert.InRange(many / few, 4, 16);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        BytesAllocated(file, 400_000);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"Took {clock.Elapsed}.");
    }

    private double BytesAllocated(string file, int keys)
    {
        string path = _folder.PathOf(file);
        string pairs = string.Join(',', Enumerable.Range(0, keys).Select(i => $"\"key{i}\":\"v\""));
        if (file == "config.json")
        {
            File.WriteAllText(path, $"{{{pairs}}}");
        }
        else
        {
            byte[] header = System.Text.Encoding.UTF8.GetBytes($"{{\"__metadata__\":{{{pairs}}}}}");
            File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. header]);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        if (file == "config.json")
            Assert.Equal(keys, JsonFile.Read(path, "a configuration", 1 << 26).Members().Count());
        else
            CheckpointTensors.Open(path);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
