using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Models wrapped as training runs wrap them, through Fixtures/make_model_in_file.py: element i of each tensor of the model that is meant
/// is (i - 3) / 4, of every other tensor something else.
/// </summary>
public sealed class ModelInFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("nested-1", "checkpoint.model._orig_mod.module")]
    [InlineData("nested-2", "checkpoint.model._orig_mod.module")]
    [InlineData("nested-3", "checkpoint.model._orig_mod.module")]
    [InlineData("nested-4", "checkpoint.model._orig_mod.module")]
    [InlineData("nested-5", "checkpoint.model._orig_mod.module")]
    [InlineData("list", "2.1.net")]
    [InlineData("ema", "model")]
    [InlineData("best", "last")]
    [InlineData("lightning", "state_dict.model")]
    [InlineData("wrong-config", "model")]
    [InlineData("whole-module", "module")]
    [InlineData("legacy", "net.module")]
    public void Load_WrappedModel_IsFoundAndSaid(string file, string wrapper)
    {
        var checkpoint = Load(file);

        AssertMeant(checkpoint);
        Assert.Contains(checkpoint.Weights.Processing,
            note => note.StartsWith($"the weights are those under '{wrapper}', which is left off their names", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_ProgramOfTorchScript_GivesItsWeights() => AssertMeant(Load("scripted"));

    [Fact]
    public void Load_TensorsElsewhere_AreCountedInANote() =>
        AssertNote(Load("ema"), "; 24 tensors elsewhere are left off");

    [Fact]
    public void Load_PythonObjects_AreSaidNotToBeBuilt()
    {
        var checkpoint = Load("nested-2");

        Assert.Contains(checkpoint.Weights.Processing, note => note.StartsWith(
            "Python objects of the file are data here, none was built (argparse.Namespace, ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ema", "model_ema", 10)]
    [InlineData("ema", "optimizer.grads", 20)]
    [InlineData("ema", "optimizer", 20)]
    [InlineData("ema", "model", 0)]
    [InlineData("twins", "student", 30)]
    [InlineData("twins", "teacher.", 0)]
    public void Load_WeightsOption_NamesAModel(string file, string asked, float shift)
    {
        var weights = TransformerCheckpoint.Load(Folder(file), new CheckpointOptions { Weights = asked }).Weights;

        Assert.Equal(shift - 0.75f, weights.W_E[0, 0]);
    }

    [Fact]
    public void Load_OtherModels_AreNamedInANote() => Assert.Contains(Load("ema").Weights.Processing, note =>
        note == "the file holds other models too, under 'model_ema', 'optimizer.grads' (CheckpointOptions.Weights names one)");

    [Fact]
    public void Load_TwoModelsOfTheSameKind_AreNamedWithTheWayToChoose()
    {
        var error = Assert.Throws<CheckpointException>(() => Load("twins"));

        Assert.EndsWith("holds 2 models, under 'student', 'teacher': say which is meant (CheckpointOptions.Weights, --weights student).",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WeightsThatAreNotThere_AreRefusedWithThoseThatAre()
    {
        var error = Assert.Throws<CheckpointException>(
            () => TransformerCheckpoint.Load(Folder("twins"), new CheckpointOptions { Weights = "stud" }));

        Assert.EndsWith("holds no model under 'stud'. Models are under 'student', 'teacher'.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SettingsBesideTheWeights_AreTheConfiguration()
    {
        var checkpoint = Load("lightning");

        Assert.Equal((null, "shortformer"), (checkpoint.Weights.Config.Normalization, checkpoint.Weights.Config.PositionalEmbedding));
        AssertNote(checkpoint, "m.pth (hyper_parameters)");
    }

    [Fact]
    public void Load_SettingsThatDoNotFitTheWeights_AreLeftOffAndSaid()
    {
        var checkpoint = Load("wrong-config");

        Assert.Equal(1, checkpoint.Weights.Config.Layers);
        AssertNote(checkpoint, "does not fit the weights, and is not used");
    }

    [Fact]
    public void Load_ConfigurationOfAWholeModule_IsRead()
    {
        var config = Load("whole-module").Weights.Config;

        Assert.Equal((null, "standard", 1e-3), (config.Normalization, config.PositionalEmbedding, config.NormEpsilon));
        Assert.Equal("whole-module", config.Name); // TransformerLens' "custom" is no name
        AssertNote(Load("whole-module"), "the configuration is the one in m.pth (_modules.module.cfg)");
        Assert.Null(config.AttentionScale); // numpy's sqrt(2), which is sqrt(d_head)
    }

    [Fact]
    public void Open_WholeModule_ListsWhatItsStateDictHas()
    {
        var tensors = CheckpointTensors.Open(Path.Combine(Folder("whole-module"), "m.pth"));

        Assert.Equal(13, tensors.Tensors.Count);
        Assert.All(tensors.Tensors, tensor => Assert.StartsWith("module.", tensor.Name, StringComparison.Ordinal));
        Assert.True(tensors.Contains("module.blocks.0.attn.mask"));
        Assert.False(tensors.Contains("module.blocks.0.attn.cache"));
    }

    [Fact]
    public void Load_ConfigFileBeside_ComesBeforeSettingsInside()
    {
        string folder = Copy("lightning");
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"normalization_type": null, "positional_embedding_type": "standard"}""");

        Assert.Equal("standard", TransformerCheckpoint.Load(folder).Weights.Config.PositionalEmbedding);
    }

    [Theory]
    [InlineData("model.", "")] // Llama's own prefix is "model.", which its unembedding has not ...
    [InlineData("model.", "model.")] // ... so that before every name all of it is a wrapper
    [InlineData("model.model.", "model.")]
    [InlineData("_orig_mod.model.", "_orig_mod.")]
    [InlineData("module._orig_mod.model.", "module._orig_mod.")]
    [InlineData("", "")]
    [InlineData("student.encoder.", "student.encoder.")]
    public void Load_LayoutWithAPrefixOfItsOwn_IsFoundUnderAnyOther(string prefix, string headPrefix)
    {
        string folder = Llama(prefix, headPrefix);

        var weights = TransformerCheckpoint.Load(folder).Weights;

        Assert.Equal(7, weights.W_E[0, 0]);
        Assert.Equal(9, weights.W_U[0, 0]);
    }

    [Theory]
    [InlineData("layers.0._orig_mod.")]
    [InlineData("layers.0._fsdp_wrapped_module._checkpoint_wrapped_module.")]
    [InlineData("layers.0._checkpoint_wrapped_module._orig_mod._orig_mod.")]
    public void Load_LayersWrappedOneByOne_AreFound(string layer)
    {
        var checkpoint = TransformerCheckpoint.Load(Llama("net._orig_mod.model.", "net._orig_mod.", layer));

        Assert.Equal(7, checkpoint.Weights.W_E[0, 0]);
        Assert.Contains(checkpoint.Weights.Processing,
            note => note.StartsWith("wrappers of single layers are left off names: _", StringComparison.Ordinal));
        Assert.Contains(checkpoint.Weights.Processing,
            note => note.StartsWith("the weights are those under 'net._orig_mod',", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("prefix-ddp", "module")]
    [InlineData("prefix-ddp-orig", "_orig_mod.module")]
    [InlineData("prefix-gpt2-orig", "_orig_mod")]
    [InlineData("prefix-lightning", "model")]
    [InlineData("prefix-orig-mod", "_orig_mod")]
    [InlineData("pt-wrap-net", "net")]
    [InlineData("pt-wrap-params", "params")]
    [InlineData("pt-wrap-two", "checkpoint.model")]
    [InlineData("pt-wrap-weights", "weights")]
    [InlineData("pt-nanogpt", "model._orig_mod")]
    [InlineData("pt-lightning", "state_dict.model")]
    public void Load_SharedCase_SaysWhatWasLeftOff(string name, string wrapper)
    {
        var weights = TransformerCheckpoint.Load(SharedFiles.PathOf("cases", "checkpoints", name)).Weights;

        Assert.Contains(weights.Processing, note => note.StartsWith($"the weights are those under '{wrapper}',", StringComparison.Ordinal));
        Assert.True(weights.W_E.Rows > 0);
    }

    [Theory]
    [InlineData("pt-complex", "freqs_cis")]
    [InlineData("pt-extra-state", null)]
    [InlineData("dtype-F4", "extra.scale")]
    [InlineData("dtype-F6_E2M3", "extra.scale")]
    [InlineData("dtype-F8_E8M0", "extra.scale")]
    [InlineData("pt-quantised", "q")]
    [InlineData("pt-sparse", "sparse")]
    public void Load_SharedCaseWithOtherTensorsBeside_IsAnErrorForThoseAlone(string name, string? tensor)
    {
        var checkpoint = TransformerCheckpoint.Load(SharedFiles.PathOf("cases", "checkpoints", name));

        Assert.True(checkpoint.Weights.W_E.Rows > 0);
        if (tensor is not null)
            Assert.Equal(tensor, Assert.Throws<CheckpointException>(() => checkpoint.Tensors!.Read(tensor)).Entry);
    }

    [Fact]
    public void Load_SharedCaseOfTheFormatBefore16_IsRead() =>
        Assert.True(TransformerCheckpoint.Load(SharedFiles.PathOf("cases", "checkpoints", "pt-legacy")).Weights.W_E.Rows > 0);

    [Fact]
    public void Load_SharedCaseOfAList_SaysThatNamesAreMissing()
    {
        string folder = SharedFiles.PathOf("cases", "checkpoints", "pt-list");

        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(folder));

        Assert.EndsWith("holds 14 tensors in a list, without names; save the model's state_dict(), which has them.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WholeModelOfAPaper_HasItsConfiguration()
    {
        var weights = TransformerCheckpoint.Load(SharedFiles.PathOf("models", "real", "pickled-hookedtransformer")).Weights;
        var config = weights.Config;

        Assert.Equal((2, 1, 64, 64, 26, 8), (config.Layers, config.Heads, config.DModel, config.DHead, config.Vocabulary, config.Context));
        Assert.True(weights.W_E.Rows == 26);
    }

    [Fact]
    public void Load_SharedCaseOfF8WithoutScales_HasItsValues()
    {
        string folder = SharedFiles.PathOf("cases", "checkpoints", "we-F8_E4M3");

        Assert.All(TransformerCheckpoint.Load(folder).Weights.W_E.Values.ToArray(), value => Assert.InRange(value, -448, 448));
    }

    [Fact]
    public void Load_NanoGptOfItself_HasItsSizesFromModelArgs()
    {
        var checkpoint = Load("nanogpt");

        Assert.Equal(("nanoGPT", 2, 2), (checkpoint.Layout, checkpoint.Weights.Config.Layers, checkpoint.Weights.Config.Heads));
        Assert.Equal(-0.75f, checkpoint.Weights.W_E[0, 0]);
        AssertNote(checkpoint, "m.pth (model_args)");
    }

    [Fact]
    public void Load_NameOfALayoutUnderNoPrefixOfIts_SaysThatNoneFits()
    {
        string file = _folder.PathOf("model.safetensors");
        SafetensorsWriter.Write(file, [Tensor("x.h.0.mixer.Wqkv.weight", 1, 36, 12)]);
        Assert.StartsWith($"{file}: the tensors' layout is not known",
            Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private static void AssertMeant(TransformerCheckpoint checkpoint)
    {
        Assert.Equal([.. Enumerable.Range(0, 20).Select(i => (i - 3) / 4f)], checkpoint.Weights.W_E.Values.ToArray());
        Assert.Equal(-0.75f, checkpoint.Weights.W_V(new HeadIndex(0, 0))[0, 0]);
    }

    private static void AssertNote(TransformerCheckpoint checkpoint, string end) =>
        Assert.Contains(checkpoint.Weights.Processing, note => note.EndsWith(end, StringComparison.Ordinal));

    private static string Folder(string file) => Repository.Fixture("ModelInFile", file);

    private static TransformerCheckpoint Load(string file) => TransformerCheckpoint.Load(Folder(file));

    private string Copy(string file)
    {
        string folder = Directory.CreateDirectory(_folder.PathOf(file)).FullName;
        File.Copy(Path.Combine(Folder(file), "m.pth"), Path.Combine(folder, "m.pth"));
        return folder;
    }

    private string Llama(string prefix, string headPrefix, string layer = "layers.0.")
    {
        string folder = Directory.CreateDirectory(_folder.PathOf("llama")).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {"model_type": "llama", "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 4, "vocab_size": 5}
            """);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"),
        [
            Tensor($"{prefix}embed_tokens.weight", 7, 5, 4),
            .. new[] { "q", "k", "v", "o" }.Select(part => Tensor($"{prefix}{layer}self_attn.{part}_proj.weight", 1, 4, 4)),
            Tensor($"{prefix}{layer}input_layernorm.weight", 1, 4),
            Tensor($"{prefix}norm.weight", 1, 4),
            Tensor($"{headPrefix}lm_head.weight", 9, 5, 4),
        ]);
        return folder;
    }

    private static SafetensorsTensor Tensor(string name, float value, params long[] shape) =>
        new(name, shape, Enumerable.Repeat(value, (int)shape.Aggregate(1L, (a, b) => a * b)).ToArray());
}
