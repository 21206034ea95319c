using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Samples.Tests.TestTheClaim;

/// <summary>What the program prints of the frontier from both sides, on a model of a few tokens.</summary>
public sealed class TwoSidedTableTests : IDisposable
{
    private const int Vocabulary = 24, Width = 8, HeadRank = 2;
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-two-sided-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void OnlyFrontier_ModelAtItsScale_PrintsTheIntervalOfEveryRankAndWhatItDoesNotSay()
    {
        Write(normalization: "null");
        string printed = Run();
        Assert.Contains("The least log-loss of each rank at a norm, from both sides", printed, StringComparison.Ordinal);
        foreach (string norm in new[] { "head's", "pair's" })
        {
            double[] has = Row(printed, $"{norm} norm: reached"), least = Row(printed, $"{norm} norm: none below");
            Assert.Equal((4, 4), (has.Length, least.Length)); // ranks 1, 2, 4 and 8
            Assert.All(has.Zip(least), pair => Assert.True(pair.First >= pair.Second, $"{pair}"));
            Assert.Equal(least.OrderDescending(), least);
        }
        string words = string.Join(' ', printed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("it says nothing of accuracy, of other embeddings, or of why training does what it does", words,
            StringComparison.Ordinal);
        Assert.Matches("rank (binds|does not bind) (it|head)|Whether rank binds", words);
        foreach (string table in new[] { "frontier-two-sided", "frontier-bounds" })
            Assert.True(File.Exists(Path.Combine(_folder, "out", "tables", table + ".csv")), $"There is no {table}.csv.");
    }

    [Fact]
    public void OnlyFrontier_NormsBetween_SaysWhyThereIsNoInterval()
    {
        Write(normalization: "\"LNPre\"");
        string printed = Run();
        string words = string.Join(' ', printed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("none below", words, StringComparison.Ordinal);
        Assert.Contains("no interval is given, because log-losses of these circuits are not at the model's scale", words,
            StringComparison.Ordinal);
    }

    private static double[] Row(string printed, string name) =>
    [
        .. printed.Split('\n').Single(line => line.Contains(name, StringComparison.Ordinal)).Split(name)[1]
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => double.Parse(word, System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private string Run()
    {
        var run = SampleProcess.Run("TestTheClaim", "--only", "frontier", "--model", _folder, "--out", Path.Combine(_folder, "out"));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Output;
    }

    private void Write(string normalization)
    {
        var random = new Random(2);
        SafetensorsTensor Tensor(string name, params long[] shape)
        {
            int count = (int)shape.Aggregate((a, b) => a * b);
            return new(name, shape, Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray());
        }
        List<SafetensorsTensor> tensors =
        [
            Tensor("embed.W_E", Vocabulary, Width), Tensor("pos_embed.W_pos", 12, Width), Tensor("unembed.W_U", Width, Vocabulary),
        ];
        foreach (string name in new[] { "W_Q", "W_K", "W_V" })
            tensors.Add(Tensor($"blocks.0.attn.{name}", 2, Width, HeadRank));
        tensors.Add(Tensor("blocks.0.attn.W_O", 2, HeadRank, Width));
        SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(_folder, "config.json"), $$"""
            {"name":"small","d_vocab":{{Vocabulary}},"n_ctx":12,"normalization_type":{{normalization}},
             "positional_embedding_type":"standard"}
            """);
    }
}
