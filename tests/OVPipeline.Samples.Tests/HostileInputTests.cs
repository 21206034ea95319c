using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>Machines that have too little, and files that somebody made to do harm: one sentence, and the exit code for it.</summary>
public sealed class HostileInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-hostile-").FullName;

    private string Results => Path.Combine(_folder, "results.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("ReproduceClaim")]
    [InlineData("TestTheClaim", "--only", "reproduction")]
    [InlineData("HeadAtlas")]
    public void Sample_HeapOfTwelveMegabytes_SaysThatThereIsNotEnoughMemory(string sample, params string[] arguments)
    {
        string output = Path.Combine(_folder, "out");

        var run = SampleProcess.RunWith(("DOTNET_GCHeapHardLimit", "0xC00000"), sample, [.. arguments, "--out", output]);

        Assert.Equal((2, "There is not enough memory for this, or the process may not take as much."), (run.ExitCode, run.Error.Trim()));
        Assert.Empty(Directory.Exists(output) ? Directory.GetFiles(output, "*", SearchOption.AllDirectories) : []);
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|aa)+$")]
    [InlineData("(?=(a*)*b)")]
    public void MeasureBehaviour_PatternThatTriesInEndlessWays_IsGivenUpSoon(string pattern)
    {
        Assert.SkipUnless(TorchLibrary.WhyUnavailable() is null, $"{TorchLibrary.WhyUnavailable()}");
        WriteModel(pattern);
        var clock = Stopwatch.StartNew();

        var run = SampleProcess.Run(
            "MeasureBehaviour", "--model", _folder, "--prompt", new string('a', 60) + "!", "--out", Path.Combine(_folder, "out"));

        Assert.Equal((2, $"{Path.Combine(_folder, "tokenizer.json")}: the tokenizer's patterns took too long on 61 characters: "
            + "one of them may try a text in endless ways."), (run.ExitCode, run.Error.Trim()));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"Took {clock.Elapsed}.");
    }

    [Theory]
    [InlineData("[null]")]
    [InlineData("[{\"charts\": [null]}]")]
    [InlineData("[{\"charts\": 7}]")]
    [InlineData("[{\"charts\": [{}]}]")]
    [InlineData("[{\"charts\": [{\"id\": \"../../escaped\", \"title\": \"t\", \"series\": [{\"name\": \"s\", \"x\": [], \"y\": [1]}]}]}]")]
    [InlineData("CHART:\"series\": [null]")]
    [InlineData("CHART:\"series\": [{}]")]
    [InlineData("CHART:\"series\": [{\"name\": null, \"x\": [1], \"y\": [1]}]")]
    [InlineData("CHART:\"series\": [{\"name\": \"s\", \"x\": [1], \"y\": null}]")]
    [InlineData("CHART:\"series\": [{\"name\": \"s\", \"x\": [1], \"y\": [NaN]}]")]
    [InlineData("CHART:\"series\": [{\"name\": \"s\", \"x\": [1], \"y\": [1e999]}]")]
    [InlineData("CHART:\"series\": [{\"name\": \"s\", \"x\": [], \"y\": [1]}]")]
    [InlineData("CHART:\"groups\": [], \"series\": [{\"name\": \"s\", \"x\": [], \"y\": []}]")]
    [InlineData("CHART:\"groups\": [null], \"series\": [{\"name\": \"s\", \"x\": [], \"y\": [1]}]")]
    [InlineData("CHART:\"groups\": [\"a\", \"b\"], \"series\": [{\"name\": \"s\", \"x\": [], \"y\": [1]}]")]
    [InlineData("CHART:\"areDots\": true, \"series\": [{\"name\": \"s\", \"x\": [], \"y\": [1]}]")]
    [InlineData("CHART:\"groups\": [\"a\"], \"format\": \"F999999999\", \"series\": [{\"name\": \"s\", \"x\": [], \"y\": [1]}]")]
    [InlineData("CHART:\"xTicks\": [0, -1], \"series\": [{\"name\": \"s\", \"x\": [1], \"y\": [1]}]")]
    [InlineData("DEEP")]
    [InlineData("GROUPS")]
    public void Pictures_HostileResults_AreOneSentence(string sections)
    {
        const string Chart = "CHART:";
        sections = sections switch
        {
            "DEEP" => new string('[', 100_000),
            "GROUPS" => OneChart("\"groups\": [" + string.Join(',', Enumerable.Repeat("\"g\"", 100_000))
                + "], \"series\": [{\"name\": \"s\", \"x\": [], \"y\": [" + string.Join(',', Enumerable.Repeat('1', 100_000)) + "]}]"),
            _ when sections.StartsWith(Chart, StringComparison.Ordinal) => OneChart(sections[Chart.Length..]),
            _ => sections,
        };
        File.WriteAllText(Results, $"{{\"sections\": {sections}}}");

        var run = SampleProcess.Run("TestTheClaim", "pictures", Results, "--out", Path.Combine(_folder, "a", "b"));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"{Results}: is no results.json of a report: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.InRange(run.Error.Length, 0, 1000);
        Assert.Equal([Results], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Pictures_NameThatATerminalWouldObey_IsShownWithoutIt()
    {
        File.WriteAllText(Results, """{"sections": [{"charts": [{"id": "\u001b[2J\u0007", "title": "t", "series": []}]}]}""");

        var run = SampleProcess.Run("TestTheClaim", "pictures", Results, "--out", _folder);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("was '\uFFFD[2J\uFFFD'", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Error.TrimEnd(), char.IsControl);
    }

    private static string OneChart(string rest) =>
        "[{\"charts\": [{\"id\": \"c\", \"title\": \"t\", \"caption\": \"\", \"xLabel\": \"x\", \"yLabel\": \"y\", " + rest + "}]}]";

    // One layer of two heads over 30 tokens, and a tokenizer that splits by the pattern.
    private void WriteModel(string pattern)
    {
        (string Name, int[] Shape)[] tensors =
        [
            ("embed.W_E", [30, 4]), ("unembed.W_U", [4, 30]), ("blocks.0.attn.W_Q", [2, 4, 2]), ("blocks.0.attn.W_K", [2, 4, 2]),
            ("blocks.0.attn.W_V", [2, 4, 2]), ("blocks.0.attn.W_O", [2, 2, 4]),
        ];
        Dictionary<string, object> header = [];
        int end = 0;
        foreach (var (name, shape) in tensors)
        {
            int begin = end;
            end += sizeof(float) * shape.Aggregate((a, b) => a * b);
            header[name] = new { dtype = "F32", shape, data_offsets = new[] { begin, end } };
        }
        byte[] head = JsonSerializer.SerializeToUtf8Bytes(header), length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, head.Length);
        File.WriteAllBytes(Path.Combine(_folder, "model.safetensors"), [.. length, .. head, .. new byte[end]]);
        var vocab = "abcdefghijklmnopqrstuvwxyz !".Select((c, id) => (c, id)).ToDictionary(token => token.c.ToString(), token => token.id);
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), JsonSerializer.Serialize(new
        {
            version = "1.0",
            model = new { type = "BPE", vocab, merges = Array.Empty<string>() },
            pre_tokenizer = new { type = "Split", pattern = new { Regex = pattern }, behavior = "Isolated", invert = false },
        }), Encoding.UTF8);
    }
}
