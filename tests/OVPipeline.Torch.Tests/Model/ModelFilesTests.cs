using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
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
        Assert.Equal(model.named_parameters().Select(named => named.name), // as training has always written them
            CheckpointTensors.Open(Path.Combine(_folder, "model.safetensors")).Tensors.Select(tensor => tensor.Name));
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

    public static TheoryData<int> Tens => [.. Enumerable.Range(0, 8)];

    [Theory]
    [MemberData(nameof(Tens))]
    public void Save_RandomModel_LoadsToTheSameLogitsOrSaysWhyNot(int ten)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        int saved = 0;
        for (int seed = 10 * ten; seed < 10 * (ten + 1); seed++)
        {
            saved += LoadsAgain(RandomTransformers.Draw(seed), Path.Combine(_folder, $"{seed}")) ? 1 : 0;
            saved += LoadsAgain(WithoutObstacles(seed), Path.Combine(_folder, $"named-{seed}")) ? 1 : 0;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{saved} of 20 saved");
        Assert.True(saved >= 6, $"{saved}");
    }

    // A random model without most of what the format cannot say.
    private static TransformerWeights WithoutObstacles(int seed)
    {
        var config = RandomTransformers.Draw(seed).Config;
        var forward = config.Forward!;
        var rotary = forward.Rotary is null ? null : forward.Rotary with { LayersWithout = [] };
        WeightKind[] without =
        [
            WeightKind.b_E, WeightKind.W_head, WeightKind.b_head, WeightKind.b_gate, WeightKind.b_in, WeightKind.ln_embed_w,
            WeightKind.ln_embed_b, WeightKind.ln1_post_w, WeightKind.ln1_post_b, WeightKind.ln2_post_w, WeightKind.ln2_post_b,
        ];
        return RandomTransformers.Weights(config with
        {
            PostNorm = false,
            FinalNormalization = config.Normalization,
            Forward = forward with
            {
                Rotary = rotary?.Scaling?.Kind == RotaryScalingKind.LongRope ? rotary with { Scaling = null } : rotary,
                Windows = [.. forward.Windows.Select(width => width > 0 ? 3 : 0)],
                QueryKeyNorm = QueryKeyNormKind.None,
                ProjectionLimit = null,
                AlibiMaximum = 8,
                RoundedAlibi = false,
                EmbeddingFactor = 1,
                ResidualFactor = 1,
                LogitFactor = 1,
            },
        }, new Random(seed), kind => without.Contains(kind) || kind.ToString().Contains("_norm_", StringComparison.Ordinal) ? false : null);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt_neo")]
    [InlineData("gpt_neox")]
    [InlineData("gpt_neox_serial")]
    [InlineData("gptj")]
    [InlineData("opt")]
    [InlineData("bloom")]
    [InlineData("bloom_three_heads")]
    [InlineData("phi")]
    [InlineData("falcon")]
    [InlineData("llama")]
    [InlineData("llama3")]
    [InlineData("llama_linear")]
    [InlineData("llama_yarn")]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("gemma")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("tl_solu")]
    [InlineData("tl_encoder")]
    [InlineData("tl_folded")]
    public void Save_ModelOfAFamily_LoadsToTheSameLogits(string name)
    {
        NativeFiles.SkipWithoutBackend();
        var weights = ForwardCase.Open(name).Load(Directory.CreateDirectory(Path.Combine(_folder, "family")).FullName);
        Assert.True(LoadsAgain(weights, Path.Combine(_folder, "saved")));
    }

    [Theory]
    [InlineData("bert", "the residual stream itself passes its norms")]
    [InlineData("cohere", "multiplied by a factor")]
    [InlineData("falcon_alibi", "its ALiBi is another")]
    [InlineData("mpt", "its queries, keys and values are clipped")]
    [InlineData("olmo2", "its norms of queries and keys are no RMS norms of each head")]
    [InlineData("smollm3", "some layers are without its rotary positions")]
    [InlineData("phi3_longrope", "its rotary frequencies are scaled in a way that has no field (LongRope)")]
    public void Save_WhatHasNoName_IsRefusedInASentence(string name, string why)
    {
        NativeFiles.SkipWithoutBackend();
        using var model = Transformer.FromWeights(ForwardCase.Open(name).Load(_folder));
        string to = Path.Combine(_folder, "saved");
        string message = Assert.Throws<InvalidOperationException>(() => model.Save(to)).Message;
        Assert.Contains(" cannot be saved in TransformerLens' names: ", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(to));
    }

    [Fact]
    public void Save_LayersThatAreNotHeld_WritesThemToo()
    {
        NativeFiles.SkipWithoutBackend();
        var weights = ForwardCase.Open("llama").Load(_folder);
        string[] folders = [Path.Combine(_folder, "held"), Path.Combine(_folder, "read")];
        using var held = Transformer.FromWeights(weights);
        long all = 4 * held.named_parameters().Sum(named => named.parameter.numel());
        using var read = Transformer.FromWeights(weights, new() { MemoryBudget = all - 1 });
        held.Save(folders[0]);
        read.Save(folders[1]);
        byte[][] files = [.. folders.Select(folder => File.ReadAllBytes(Path.Combine(folder, "model.safetensors")))];
        Assert.Equal(files[0], files[1]);
        var names = CheckpointTensors.Open(Path.Combine(folders[0], "model.safetensors")).Tensors.Select(tensor => tensor.Name);
        Assert.Equal(held.named_parameters().Select(named => named.name).Order(), names.Order());
    }

    // Bit for bit; false where the format cannot say it.
    private static bool LoadsAgain(TransformerWeights weights, string folder)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var model = Transformer.FromWeights(weights);
        if (SaveObstacles.Of(model.Shape).Any())
        {
            Assert.Throws<InvalidOperationException>(() => model.Save(folder));
            return false;
        }
        try
        {
            model.Save(folder);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("are of each head, where one is of all", StringComparison.Ordinal))
        {
            return false;
        }
        using var loaded = Transformer.Load(folder);
        var tokens = TestModels.Batch(TestModels.Sequences(weights.Config, length: weights.Config.Context > 0 ? null : 9));
        Assert.Equal(ModuleWeights.Values(model.forward(tokens)), ModuleWeights.Values(loaded.forward(tokens)));
        return true;
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
        Assert.Contains("load it without folding", Assert.Throws<InvalidOperationException>(() => model.Save(_folder)).Message,
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
