using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Samples.InspectCheckpoint;
using Spectre.Console;
using Xunit;

namespace OVPipeline.Samples.Tests;

public sealed class InspectCheckpointTests
{
    private static readonly string s_fixtures = Path.Combine(MainJob.FindRoot(), "tests", "OVPipeline.Checkpoints.Tests", "Fixtures");

    [Fact]
    public void InspectCheckpoint_EmbeddedModel_ShowsSizesTensorsTokensAndChecks()
    {
        var run = SampleProcess.Run("InspectCheckpoint");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string expected in new[]
        {
            "TransformerLens", "3,142", "blocks.1.attn.W_O", "[12, 16, 192]", "raw weights", "decoded to the same text",
            "every value is finite",
        })
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(120)]
    [InlineData(200)]
    public void Tensors_AnyWidth_BreaksNoNumber(int width)
    {
        var model = TransformerCheckpoint.Load(Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter"));
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        console.Write(Inspection.Configuration(model));
        console.Write(Inspection.Tensors(model.Tensors!, 20));
        string[] lines = [.. writer.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())];
        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        static bool HasElementsOfEmbedding(string line) =>
            line.EndsWith("603,264", StringComparison.Ordinal) || line.Contains("elements;", StringComparison.Ordinal);
        Assert.Contains(lines, HasElementsOfEmbedding);
        Assert.Contains(lines, line => line.Contains("[12, 16, 192]", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("3,142", StringComparison.Ordinal));
    }

    [Fact]
    public void InspectCheckpoint_BareFileWithoutGains_SaysThatNoNormIsSaid()
    {
        var run = SampleProcess.Run("InspectCheckpoint", "--model", Path.Combine(s_fixtures, "Architectures", "transformer_lens"),
            "--no-check");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches("normalization +not said: the file holds no gains", run.Output);
        Assert.DoesNotMatch("normalization +none", run.Output);
    }

    public static TheoryData<TransformerConfig, string, string, string?> Kinds
    {
        get
        {
            var config = new TransformerConfig { Name = "m", Layers = 1, Heads = 1, DModel = 4, DHead = 4, Vocabulary = 5 };
            return new()
            {
                { config, "none", "standard", null },
                { config with { Normalization = "unknown", PositionalEmbedding = "unknown" },
                    "not said: the file holds no gains, and no config.json tells the kind", "not said", null },
                { config with { Normalization = "LNPre", Bidirectional = true }, "LNPre", "standard",
                    "bidirectional, scores divided by sqrt(d_head)" },
                { config with { Normalization = "LN", FinalNormalization = "RMS", AttentionScale = 1 },
                    "LN, before the unembedding RMS", "standard", "causal, scores divided by 1" },
                { config with { Normalization = "RMS", OtherNorm = "a norm after attention", ScaleByInverseLayer = true },
                    "RMS; a norm after attention", "standard", "causal, scores divided by sqrt(d_head) times the layer's number" },
            };
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void KindText_EveryKind_IsWhatItIs(TransformerConfig config, string normalization, string positions, string? attention) =>
        Assert.Equal((normalization, positions, attention),
            (KindText.Normalization(config), KindText.Positions(config), KindText.Attention(config)));

    [Fact]
    public void InspectCheckpoint_Folding_SaysWhatWasDone()
    {
        var run = SampleProcess.Run("InspectCheckpoint", "--model", Path.Combine(s_fixtures, "Architectures", "gpt2"), "--fold-layer-norm",
            "--fold-value-biases", "--no-check");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string expected in new[] { "GPT-2", "layer norm is folded", "b_V is folded into b_O", "no tokenizer" })
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Checks", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unembed.W_U")]
    [InlineData("embed.W_E")]
    [InlineData("blocks.1.attn.W_V")]
    public void InspectCheckpoint_TensorMissing_ListsTheOthersAndNamesIt(string dropped)
    {
        string folder = Directory.CreateTempSubdirectory("ovpipeline-inspect-").FullName;
        try
        {
            string embedded = Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter");
            var tensors = CheckpointTensors.Open(Path.Combine(embedded, "model.safetensors"));
            SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. tensors.Tensors.Where(one => one.Name != dropped)
                .Select(one => new SafetensorsTensor(one.Name, one.Shape, tensors.Read(one.Name)))]);
            File.Copy(Path.Combine(embedded, "config.json"), Path.Combine(folder, "config.json"));
            var run = SampleProcess.Run("InspectCheckpoint", folder);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("10 tensors of F32 in model.safetensors, safetensors: ", run.Output, StringComparison.Ordinal);
            Assert.Contains("blocks.0.attn.W_O", run.Output, StringComparison.Ordinal);
            Assert.Contains(dropped, run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void InspectCheckpoint_NoLayoutFits_ListsTheTensorsAndSaysSo()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("ovpipeline-inspect-").FullName, "any.bin");
        SafetensorsWriter.Write(file, [new("encoder.weight", [2, 3], new float[6])]);
        var run = SampleProcess.Run("InspectCheckpoint", "--model", file);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.Equal(2, run.ExitCode);
        Assert.Matches("encoder.weight +F32 +\\[2, 3\\] +6", run.Output);
        Assert.Contains("1 tensors of F32 in any.bin, safetensors: 6 elements.", run.Output, StringComparison.Ordinal);
        Assert.StartsWith($"{file}: the tensors' layout is not known", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void InspectCheckpoint_Path_IsTheModelAndTellsFormatConfigurationAndNeeds()
    {
        string path = Path.Combine(s_fixtures, "Architectures", "gpt_neox");
        var run = SampleProcess.Run("InspectCheckpoint", path, "--no-check");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches("format +safetensors", run.Output);
        Assert.Contains("config.json", run.Output, StringComparison.Ordinal);
        Assert.Contains("a forward pass", run.Output, StringComparison.Ordinal); // the path beside it may break the words
        Assert.Contains("rotary positions", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deflated.pth", "is compressed")]
    [InlineData("missing.pth", "no such file")]
    public void InspectCheckpoint_BadFile_IsOneSentenceAndExitCode2(string file, string named)
    {
        var run = SampleProcess.Run("InspectCheckpoint", "--model", Path.Combine(s_fixtures, "PyTorch", file));
        Assert.Equal((2, ""), (run.ExitCode, run.Output.Trim()));
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
