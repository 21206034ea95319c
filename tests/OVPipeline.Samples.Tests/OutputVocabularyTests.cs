using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>Samples on a model whose outputs are not its tokens: each does what makes sense, or says in a sentence what does not.</summary>
public sealed class OutputVocabularyTests : IDisposable
{
    private const string Why = "classifier has 9 tokens and 2 outputs, which are not these tokens: copying is not defined.";
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public OutputVocabularyTests()
    {
        List<SafetensorsTensor> tensors = [Tensor("embed.W_E", 9, 8), Tensor("pos_embed.W_pos", 12, 8), Tensor("unembed.W_U", 8, 2)];
        for (int layer = 0; layer < 2; layer++)
        {
            foreach (string name in new[] { "W_Q", "W_K", "W_V" })
                tensors.Add(Tensor($"blocks.{layer}.attn.{name}", 2, 8, 4));
            tensors.Add(Tensor($"blocks.{layer}.attn.W_O", 2, 4, 8));
        }
        SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(_folder, "config.json"), """
            {"name":"classifier","d_vocab":9,"d_vocab_out":2,"n_ctx":12,"normalization_type":null,"positional_embedding_type":"standard",
             "id2label":{"0":"bad","1":"good"}}
            """);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("ReproduceClaim --model MODEL --out OUT")]
    [InlineData("TestTheClaim --model MODEL --out OUT --quick")]
    [InlineData("TestTheClaim --model MODEL --out OUT --quick --norm-scales measured")]
    [InlineData("RankFrontier MODEL")]
    public void Sample_OfCopying_IsOneSentenceAndExitCode2(string line)
    {
        var run = Run(line);
        Assert.Equal((2, Why), (run.ExitCode, run.Error.Trim()));
        string folder = Path.Combine(_folder, "out");
        Assert.Empty(Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : []);
    }

    [Fact]
    public void InspectCheckpoint_OtherOutputs_ShowsBothVocabularies()
    {
        var run = Run("InspectCheckpoint --model MODEL");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"vocabulary\s+9\s", run.Output);
        Assert.Contains("2, which are not the tokens: bad good", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void HeadAtlas_OtherOutputs_LeavesCopyingEmpty()
    {
        var run = Run("HeadAtlas --model MODEL --out OUT");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string printed = string.Join(' ', run.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(Why, printed, StringComparison.Ordinal);
        string out_ = Path.Combine(_folder, "out");
        string[] heads = File.ReadAllLines(Path.Combine(out_, "heads.csv"));
        Assert.Equal(5, heads.Length);
        var names = heads[0].Split(',').ToList();
        foreach (string line in heads.Skip(1))
        {
            string[] cells = line.Split(',');
            foreach (string empty in new[] { "top1", "top5", "suppression_top1", "suppression_top5", "d_prime", "copying_score" })
                Assert.Equal("", cells[names.IndexOf(empty)]);
            foreach (string there in new[] { "participation_ratio", "query_to_key_top1", "matching_score", "previous_position" })
                Assert.NotEqual("", cells[names.IndexOf(there)]);
        }
        string[] pictures = [.. Directory.EnumerateFiles(out_, "*.png").Select(path => Path.GetFileNameWithoutExtension(path)!)];
        Assert.Subset(pictures.ToHashSet(), new HashSet<string> { "effective-rank", "matching", "k-composition", "v-composition" });
        Assert.DoesNotContain("copying", pictures);
        Assert.DoesNotContain("copying-score", pictures);
    }

    [Fact]
    public void MeasureBehaviour_OtherOutputs_MeasuresAttentionAlone()
    {
        var run = Run("MeasureBehaviour --model MODEL --text none");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("9 tokens and 2 outputs", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Repeated random tokens:", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  1\.1 +0\.\d{3}", run.Output);
    }

    [Fact]
    public void ScoreToken_SavedCircuitToOtherOutputs_NamesThem()
    {
        var ml = new MLContext(seed: 1);
        var model = TransformerCheckpoint.Load(_folder);
        var data = ml.Data.LoadVocabulary(model, "Label", token => token % 2);
        var fitted = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 0))
            .Append(ml.Transforms.ScoreTopK(k: 2, labelColumnName: "Label")).Fit(data);
        ml.Model.Save(fitted, data.Schema, Path.Combine(_folder, "circuit.zip"));
        var run = Run($"ScoreToken {Path.Combine(_folder, "circuit.zip")} #3");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("2 outputs, which are not the tokens", run.Output, StringComparison.Ordinal);
        Assert.Matches("bad +-?[0-9]", run.Output);
        Assert.Matches("good +-?[0-9]", run.Output);
    }

    private SampleProcess Run(string line)
    {
        string[] words = [.. line.Split(' ').Select(word => word switch
        {
            "MODEL" => _folder,
            "OUT" => Path.Combine(_folder, "out"),
            _ => word,
        })];
        return SampleProcess.Run(words[0], words[1..]);
    }

    private static SafetensorsTensor Tensor(string name, params long[] shape)
    {
        int count = (int)shape.Aggregate((a, b) => a * b);
        return new(name, shape, Enumerable.Range(0, count).Select(i => MathF.Sin((3 * i) + name.Length)).ToArray());
    }
}
