using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class ModelFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-model-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(TransformerTests.Kinds), MemberType = typeof(TransformerTests))]
    public void SaveLoad_EveryKindOfModel_GivesTheSameBits(int kind)
    {
        using var model = TestModels.Random(TestModels.Configs.ElementAt(kind));
        model.Save(_folder);
        using var loaded = Transformer.Load(_folder);
        Assert.Equal(model.Config, loaded.Config);
        var pairs = model.named_parameters().Zip(loaded.named_parameters()).ToArray();
        Assert.NotEmpty(pairs);
        Assert.All(pairs, pair => Assert.Equal(pair.First.name, pair.Second.name));
        Assert.All(pairs, pair => Assert.Equal(ModuleWeights.Values(pair.First.parameter), ModuleWeights.Values(pair.Second.parameter)));
        Assert.Equal(["config.json", "model.safetensors"], Directory.EnumerateFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Save_ModelWithItsOwnValueWidth_IsReadByTransformerCheckpoint()
    {
        using var model = TestModels.Random(TestModels.Config(dValue: 2, normalization: NormalizationKind.LN, biases: true));
        model.Save(_folder, new Dictionary<string, string> { ["step"] = "7" });
        var checkpoint = TransformerCheckpoint.Load(_folder);
        Assert.Equal(("TransformerLens", 4, 2), (checkpoint.Layout, checkpoint.Weights.Config.DHead, checkpoint.Weights.Config.DValue));
        var head = new HeadIndex(1, 2);
        Assert.Equal(model.Weights.W_O(head).Values.ToArray(), checkpoint.Weights.W_O(head).Values.ToArray());
        Assert.Equal(model.Weights.OVCircuit(head).Rank, TokenCircuit.OfHeads(checkpoint.Weights, head).Rank);
        File.Delete(Path.Combine(_folder, "config.json"));
        Assert.Equal(2, TransformerCheckpoint.Load(_folder).Weights.Config.DValue);
    }

    [Fact]
    public void Save_EmbeddedModel_KeepsItsConfigurationAndWeights()
    {
        using var model = EmbeddedModel.Load();
        model.Save(_folder);
        TransformerCheckpoint stored = TransformerCheckpoint.Load(EmbeddedModel.Folder), saved = TransformerCheckpoint.Load(_folder);
        Assert.Equal(stored.Weights.Config, saved.Weights.Config);
        Assert.Equal(stored.Tensors!.Tensors.Select(t => t.Name), saved.Tensors!.Tensors.Select(t => t.Name));
        Assert.Equal(stored.Tensors.Read("blocks.1.attn.W_O"), saved.Tensors.Read("blocks.1.attn.W_O"));
    }

    [Fact]
    public void Save_FolderThatIsAFile_LeavesNothing()
    {
        using var model = TestModels.Random(TestModels.Config());
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.ThrowsAny<IOException>(() => model.Save(Path.Combine(file, "model")));
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("""{"positional_embedding_type": "t5"}""", "positions are t5")]
    [InlineData("""{"positional_embedding_type": "standard", "attn_only": false}""", "it has MLPs")]
    [InlineData("""{"positional_embedding_type": "standard", "normalization_type": "RMS"}""", "ln1_w, ln_final_w are missing")]
    [InlineData("{}", "normalization_type in config.json does not say what stands before attention")]
    [InlineData("""{"positional_embedding_type": "standard", "normalization_type": "LN"}""",
        "ln1_w, ln_final_w are missing")]
    [InlineData("""{"positional_embedding_type": "standard", "normalization_type": null, "use_local_attn": true}""",
        "not covered: use_local_attn true")]
    public void Load_ModelWithoutAForwardPass_SaysWhatItHas(string configuration, string named)
    {
        using var model = TestModels.Random(TestModels.Config());
        model.Save(_folder);
        File.WriteAllText(Path.Combine(_folder, "config.json"), configuration);
        string message = Assert.Throws<CheckpointException>(() => Transformer.Load(_folder)).Message;
        Assert.Contains("has no forward pass here", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_ModelOfWhichNoFileTells_IsRefused()
    {
        using var model = TestModels.Random(TestModels.FoldedConfigs.First());
        Assert.Contains("Load it without folding", Assert.Throws<InvalidOperationException>(() => model.Save(_folder)).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Load_WeightsMissing_NamesThem()
    {
        using var model = TestModels.Random(TestModels.Config());
        model.Save(_folder);
        string file = Path.Combine(_folder, "model.safetensors");
        var tensors = CheckpointTensors.Open(file);
        Write(tensors.Tensors.Where(t => t.Name != "pos_embed.W_pos"));
        var error = Assert.Throws<CheckpointException>(() => Transformer.Load(_folder));
        Assert.Contains("pos_embed.W_pos is missing", error.Message, StringComparison.Ordinal);

        void Write(IEnumerable<TensorInfo> kept) =>
            SafetensorsWriter.Write(file, [.. kept.Select(t => new SafetensorsTensor(t.Name, t.Shape, tensors.Read(t.Name)))]);
    }

    [Fact]
    public void Load_AnotherFamily_SaysWhy()
    {
        NativeFiles.SkipWithoutBackend();
        string gpt2 = Path.Combine(EmbeddedModel.Root, "tests", "OVPipeline.Checkpoints.Tests", "Fixtures", "Architectures", "gpt2");
        var error = Assert.Throws<CheckpointException>(() => Transformer.Load(gpt2));
        Assert.Contains("W_in, W_out are missing", error.Message, StringComparison.Ordinal);
    }
}
