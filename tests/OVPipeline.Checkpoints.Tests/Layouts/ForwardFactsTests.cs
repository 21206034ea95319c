using System.Text.Json.Nodes;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>What layouts tell of a forward pass is enough for one, and the right one: logits are those of PyTorch.</summary>
public sealed class ForwardFactsTests : IDisposable
{
    // PyTorch and these loops both compute in double precision from the same single weights; sqrt(d_model) of Gemma's W_E is a single.
    private const double Tolerance = 1e-6;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Cases => new(ForwardCase.Names);

    [Theory, MemberData(nameof(Cases))]
    public void Load_ModelOfAFamily_TellsAllThatItsLogitsNeed(string name)
    {
        var model = ForwardCase.Open(name);
        var weights = model.Load(_folder.Path);
        Assert.Null(weights.Config.NotRun);
        double difference = model.Difference([.. model.Tokens.Select(tokens => PlainForward.LogitsOf(weights, tokens))]);
        Assert.True(difference < Tolerance, $"{name}: {difference:g3}");
    }

    [Theory]
    [InlineData("gpt2", "h.", ".mlp.c_fc.weight"), InlineData("llama", "model.layers.", ".mlp.down_proj.weight")]
    [InlineData("bert", "encoder.layer.", ".intermediate.dense.weight"), InlineData("tl_gelu", "blocks.", ".mlp.W_in")]
    public void Load_MlpTensorsMissing_LoadsAndHasNone(string name, string before, string after)
    {
        var model = ForwardCase.Open(name);
        model.Write(_folder.Path, keeps: tensor => !tensor.EndsWith(after, StringComparison.Ordinal));
        var weights = TransformerCheckpoint.LoadWeights(_folder.Path);
        Assert.False(weights.Has(WeightKind.W_in) && weights.Has(WeightKind.W_out));
        Assert.Equal(4, weights.W_V(default).Columns);
        model.Write(_folder.Path, keeps: tensor => tensor != $"{before}1{after}");
        Assert.Contains(", which some layers have and others have not", TransformerCheckpoint.LoadWeights(_folder.Path).Config.NotRun!,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", "intermediate_size", 25, "model.layers.0.mlp.up_proj.weight")]
    [InlineData("opt", "ffn_dim", 23, "model.decoder.layers.0.fc1.weight")]
    [InlineData("tl_gelu", "d_mlp", 8, "blocks.0.mlp.W_in")]
    public void Load_ShapesThatTheConfigurationContradicts_NamesFileAndTensor(string name, string field, int value, string tensor)
    {
        ForwardCase.Open(name).Write(_folder.Path, config => config[field] = value);
        var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.LoadWeights(_folder.Path));
        Assert.Equal((_folder.PathOf("model.safetensors"), tensor), (error.File, error.Entry));
    }

    [Theory]
    [InlineData("llama", "hidden_act", "\"xielu\"", "hidden_act xielu")]
    [InlineData("llama", "sliding_window", "3", "sliding_window 3")]
    [InlineData("llama", "rope_scaling", """{"rope_type":"newest","factor":2}""", "rotary frequencies scaled by newest")]
    [InlineData("gpt_neox", "rotary_pct", "0.3", "rotary positions on 1 of 4 dimensions")]
    [InlineData("olmo3", "rope_scaling", """{"rope_type":"linear","factor":2}""", "scaled rotary frequencies beside windows")]
    [InlineData("bloom", "apply_residual_connection_post_layernorm", "true", "apply_residual_connection_post_layernorm true")]
    [InlineData("tl_gelu", "act_fn", "\"xielu\"", "act_fn xielu"), InlineData("tl_gelu", "act_fn", "null", "act_fn, which nothing says")]
    [InlineData("roberta_mlm", "hidden_act", "\"relu\"", "hidden_act relu beside a head with gelu")]
    public void Load_WhatNoForwardPassFollows_IsNamed(string name, string field, string value, string reason)
    {
        ForwardCase.Open(name).Write(_folder.Path, config => config[field] = JsonNode.Parse(value));
        Assert.Equal(reason, TransformerCheckpoint.LoadWeights(_folder.Path).Config.NotRun);
    }

    [Theory]
    [InlineData("llama", "internlm3"), InlineData("mistral", "ministral"), InlineData("qwen3", "qwen3_vl_text")]
    [InlineData("smollm3", "minicpm")]
    public void Load_TypeThatNoPeerWasAskedAbout_TellsNoForwardPass(string name, string type)
    {
        ForwardCase.Open(name).Write(_folder.Path, config => config["model_type"] = type);
        var weights = TransformerCheckpoint.LoadWeights(_folder.Path);
        Assert.Null(weights.Config.Forward);
        Assert.False(weights.Has(WeightKind.W_in));
    }

    [Fact]
    public void Load_GateOfTransformerLensWithALateBias_IsNamed()
    {
        ForwardCase.Open("tl_llama").Write(_folder.Path, config => config["act_fn"] = "silu");
        var tensors = CheckpointTensors.Open(_folder.PathOf("model.safetensors"));
        SafetensorsTensor[] all = [.. tensors.Tensors.Select(tensor => new SafetensorsTensor(tensor.Name, tensor.Shape,
            tensor.Name == "blocks.1.mlp.b_in" ? Enumerable.Repeat(0.5f, (int)tensor.Length).ToArray() : tensors.Read(tensor.Name)))];
        Directory.CreateDirectory(_folder.PathOf("late"));
        File.Copy(_folder.PathOf("config.json"), _folder.PathOf("late/config.json"));
        SafetensorsWriter.Write(_folder.PathOf("late/model.safetensors"), all);
        Assert.Equal("blocks.1.mlp.b_in, which is added after the gate",
            TransformerCheckpoint.LoadWeights(_folder.PathOf("late")).Config.NotRun);
    }
}
