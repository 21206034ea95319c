using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OVPipeline.Forward.Tests;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>
/// MeasureBehaviour and TestTheClaim to their end on models with MLPs, as files of the hub have them: random weights in the names of three
/// families, with a tokenizer of bytes, and a Llama that others trained. What ran, and what was left out for which reason.
/// </summary>
public sealed class AnyModelTests : IDisposable
{
    private const int Bytes = 256;

    private static readonly string[] s_experiments =
        ["reproduction", "frontier", "fairness", "put-back", "roles", "dynamics", "patterns", "value-rank"];

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-any-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("gpt2", "n_positions")]
    [InlineData("gpt_neox", "max_position_embeddings")]
    [InlineData("llama", "max_position_embeddings")]
    public void BothSamples_RandomWeightsOfAFamily_EndWithWhatRanAndWhatDidNot(string family, string context)
    {
        RequireTorch();
        string model = WriteModel(family, context), text = WriteTexts();
        var measured = SampleProcess.Run("MeasureBehaviour", "--model", model, "--text", Path.Combine(text, "valid.txt"), "--windows", "4");
        Assert.Equal((0, ""), (measured.ExitCode, measured.Error));
        Assert.Equal(8, Regex.Count(measured.Output, @"(?m)^  [01]\.[0-3] +\d"));
        Assert.Matches(@"Validation loss \d+\.\d+ nats a token", measured.Output);
        Assert.DoesNotContain("NaN", measured.Output, StringComparison.Ordinal);

        string reasons = AssertClaim(model, "--text", text);
        Assert.Contains("No trained copiers. No fitted circuit is put in the heads' place: its norms' gains and scales", reasons,
            StringComparison.Ordinal);
        Assert.DoesNotContain("No copy fraction", reasons, StringComparison.Ordinal);
    }

    [Fact]
    public void BothSamples_TrainedLlamaOnIds_EndWithWhatRanAndWhatDidNot()
    {
        RequireTorch();
        string model = SharedFiles.PathOf("models", "real", "stories260K"), tokens = WriteRepeats(320, 16);
        var measured = SampleProcess.Run("MeasureBehaviour", "--model", model, "--tokens", tokens);
        Assert.Equal((0, ""), (measured.ExitCode, measured.Error));
        Assert.Equal(40, Regex.Count(measured.Output, @"(?m)^  [0-4]\.[0-7] +\d"));
        Assert.Contains("positions with a target", measured.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", measured.Output, StringComparison.Ordinal);
        string reasons = AssertClaim(model, "--tokens", tokens);
        Assert.Contains("No copying head here", reasons, StringComparison.Ordinal);
    }

    // Runs all experiments; what each came to, and the page's words.
    private string AssertClaim(string model, params string[] text)
    {
        string output = Path.Combine(_folder, "claim");
        var run = SampleProcess.Run("TestTheClaim", ["--quick", "--model", model, "--out", output, .. text]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.DoesNotContain("NaN", run.Output, StringComparison.Ordinal);
        using var results = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "results.json")));
        var sections = results.RootElement.GetProperty("sections").EnumerateArray().ToDictionary(one => $"{one.GetProperty("id")}");
        Assert.Equal(s_experiments, sections.Keys);
        foreach (var (name, section) in sections)
        {
            string status = $"{section.GetProperty("status")}";
            Assert.Equal(name == "dynamics", status == "skipped");
            Assert.Equal(status == "skipped", section.GetProperty("tables").GetArrayLength() == 0);
            Assert.True(status == "done" || section.GetProperty("reason").GetString()!.Length > 20, $"{name} is {status}, and not why.");
        }
        Assert.Contains("--norm-scales", $"{sections["dynamics"].GetProperty("reason")}", StringComparison.Ordinal);
        var put = sections["put-back"].GetProperty("tables")[0].GetProperty("rows").EnumerateArray().ToArray();
        Assert.True(put.Length >= 11, "mean ablation and what is put in the place of A, of B and of both");
        string page = WebUtility.HtmlDecode(Regex.Replace(File.ReadAllText(Path.Combine(output, "report.html")), "<[^>]*>", ""));
        Assert.Contains("The model after the heads", page, StringComparison.Ordinal);
        return page;
    }

    private string WriteModel(string family, string context)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, family)).FullName;
        const int Vocabulary = Bytes + 1, Context = 64;
        ForwardCase.Open(family).Write(
            folder,
            config => (config["vocab_size"], config[context], config["eos_token_id"]) = (Vocabulary, Context, Bytes),
            size: size => size switch
            {
                11 => Vocabulary,
                12 => Context,
                _ => size,
            });
        // Byte for byte: what GPT-2's tokenizer writes in the place of each, no merges, and the end of a text.
        JsonObject vocabulary = [], end = new() { ["id"] = Bytes, ["content"] = "<|endoftext|>", ["special"] = true };
        for (int one = 0, other = Bytes; one < Bytes; one++)
        {
            bool printed = one is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            vocabulary[$"{(char)(printed ? one : other++)}"] = one;
        }
        vocabulary["<|endoftext|>"] = Bytes;
        JsonObject tokenizer = new()
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(end),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), tokenizer.ToJsonString());
        return folder;
    }

    // Sentences of few words: words come again, as in texts.
    private string WriteTexts()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "text")).FullName;
        string[] words = "the a old young red cat dog fox Anna Ben sees hears likes near under with and".Split(' ');
        foreach (var (name, seed, count) in new[] { ("train.txt", 1, 3000), ("valid.txt", 2, 2500) })
        {
            var random = new Random(seed);
            var drawn = Enumerable.Range(0, count).Select(i => words[random.Next(words.Length)] + (i % 9 == 8 ? "." : ""));
            File.WriteAllText(Path.Combine(folder, name), string.Join(' ', drawn));
        }
        return folder;
    }

    // Random tokens after the beginning of a text, and the same again.
    private string WriteRepeats(int sequences, int half)
    {
        var random = new Random(1);
        string path = Path.Combine(_folder, "repeats.txt");
        File.WriteAllLines(path, Enumerable.Range(0, sequences).Select(_ =>
        {
            int[] ids = [.. Enumerable.Range(0, half).Select(_ => random.Next(3, 512))];
            return string.Join(' ', [1, .. ids, .. ids]);
        }));
        return path;
    }

    private static void RequireTorch() =>
        Assert.SkipUnless(DeviceTests.HasLibtorch(AppContext.BaseDirectory), "Built without libtorch.");
}
