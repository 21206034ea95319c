using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Small models as different exporters write them: weights have the names and sides that the model has for them.</summary>
public sealed class OnnxNamesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Exporters => ["numbers", "paths", "shared biases", "kept", "scopes", "fused"];

    [Theory, MemberData(nameof(Exporters))]
    public void Read_BertOfAnExporter_HasTheModelsNamesAndSides(string exporter)
    {
        var tensors = CheckpointTensors.Open(Write(Export(exporter)));
        foreach (var (module, outputs, inputs) in OnnxBert.Modules())
        {
            if (exporter == "fused" && !module.Contains("attention", StringComparison.Ordinal))
                continue;
            Assert.Equal([outputs, inputs], tensors.Tensors.Single(t => t.Name == $"{module}.weight").Shape);
            Assert.Equal(OnnxBert.Linear($"{module}.weight", outputs, inputs), tensors.Read($"{module}.weight"));
            bool shared = exporter == "shared biases" && outputs == OnnxBert.Width;
            string bias = shared ? "encoder.layer.0.attention.self.query.bias" : $"{module}.bias";
            Assert.Equal(OnnxBuilder.Values(bias, outputs), tensors.Read($"{module}.bias"));
        }
    }

    [Theory, MemberData(nameof(Exporters))]
    public void Load_BertWithoutConfig_HasItsHeadsFromTheGraph(string exporter)
    {
        string path = Write(Export(exporter));
        if (exporter == "scopes") // its graph has no Reshape
        {
            var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(path));
            Assert.Contains("number of heads", error.Message, StringComparison.Ordinal);
            return;
        }
        var model = TransformerCheckpoint.Load(path);
        var config = model.Weights.Config;
        Assert.Equal(("BERT", 2, 2, 4, 2, 6, 5),
            (model.Layout, config.Layers, config.Heads, config.DModel, config.DHead, config.Vocabulary, config.Context));
        float[] value = OnnxBert.Linear("encoder.layer.1.attention.self.value.weight", 4, 4);
        Assert.Equal(Matrix.Create(4, 2, (i, j) => value[((2 + j) * 4) + i]).Values.ToArray(),
            model.Weights.W_V(new HeadIndex(1, 1)).Values.ToArray());
        float[] output = OnnxBert.Linear("encoder.layer.1.attention.output.dense.weight", 4, 4);
        Assert.Equal(Matrix.Create(2, 4, (i, j) => output[(j * 4) + 2 + i]).Values.ToArray(),
            model.Weights.W_O(new HeadIndex(1, 1)).Values.ToArray());
    }

    [Fact]
    public void Read_WrapperInBiasesAlone_GoesBeforePathsToo()
    {
        var model = OnnxBert.Start("bert.");
        foreach (var (name, bias) in new[] { ("query", "bert.encoder.layer.0.attention.self.query.bias"), ("key", null) })
        {
            string path = $"/encoder/layer.0/attention/self/{name}";
            model.Tensor($"onnx::MatMul_{name}", [4, 4]).Node("MatMul", $"{path}/MatMul", ["x", $"onnx::MatMul_{name}"], $"{path}/p");
            if (bias is not null)
                model.Tensor(bias, [4]).Node("Add", $"{path}/Add", [bias, $"{path}/p"], $"{path}/a");
        }
        var tensors = CheckpointTensors.Open(Write(model));
        Assert.True(tensors.Contains("bert.encoder.layer.0.attention.self.query.weight"));
        Assert.True(tensors.Contains("bert.encoder.layer.0.attention.self.key.weight"));
    }

    [Fact]
    public void Read_Gpt2_Conv1DKeepsItsSidesAndLinearIsTurned()
    {
        var model = new OnnxBuilder().Tensor("transformer.wte.weight", [6, 4])
            .Node("Gather", "/transformer/wte/Gather", ["transformer.wte.weight", "input_ids"], "x");
        model.Tensor("onnx::Gemm_1", [4, 12]).Tensor("transformer.h.0.attn.c_attn.bias", [12])
            .Node("Gemm", "/transformer/h.0/attn/c_attn/Gemm", ["x", "onnx::Gemm_1", "transformer.h.0.attn.c_attn.bias"], "a");
        model.Tensor("transformer.h.0.attn.c_proj.weight", [4, 4]).Tensor("transformer.h.0.attn.c_proj.bias", [4])
            .Node("Gemm", "/transformer/h.0/attn/c_proj/Gemm",
                ["a", "transformer.h.0.attn.c_proj.weight", "transformer.h.0.attn.c_proj.bias"], "b");
        model.Tensor("onnx::MatMul_9", [4, 6]).Node("MatMul", "/lm_head/MatMul", ["b", "onnx::MatMul_9"], "logits");
        var tensors = CheckpointTensors.Open(Write(model));
        Assert.Equal(OnnxBuilder.Values("onnx::Gemm_1", 4, 12), tensors.Read("transformer.h.0.attn.c_attn.weight"));
        Assert.Equal(OnnxBuilder.Values("transformer.h.0.attn.c_proj.weight", 4, 4), tensors.Read("transformer.h.0.attn.c_proj.weight"));
        Assert.Equal([6, 4], tensors.Tensors.Single(t => t.Name == "lm_head.weight").Shape);
        Assert.Equal(OnnxBert.Transposed(OnnxBuilder.Values("onnx::MatMul_9", 4, 6), 4, 6), tensors.Read("lm_head.weight"));
    }

    [Fact]
    public void Read_LinearCalledAsConv1D_IsTurned() // nanoGPT, GPT-BigCode: nn.Linear under GPT-2's names
    {
        var model = new OnnxBuilder().Tensor("onnx::MatMul_1", [4, 12])
            .Node("MatMul", "/transformer/h.0/attn/c_attn/MatMul", ["x", "onnx::MatMul_1"], "a");
        var tensors = CheckpointTensors.Open(Write(model));
        Assert.Equal([12, 4], tensors.Tensors.Single(t => t.Name == "transformer.h.0.attn.c_attn.weight").Shape);
    }

    [Fact]
    public void Read_LinearFusedIntoGemm_IsTurned() // ONNX Runtime makes Gemm of MatMul and Add
    {
        var model = new OnnxBuilder().Tensor("onnx::MatMul_1", [4, 4]).Tensor("h.0.attn.c_proj.bias", [4])
            .Tensor("onnx::MatMul_2", [4, 4]).Tensor("layer.0.dense.bias", [4])
            .Node("Gemm", "/h.0/attn/c_proj/MatMul/MatMulAddFusion", ["x", "onnx::MatMul_1", "h.0.attn.c_proj.bias"], "a")
            .Node("Gemm", "", ["a", "onnx::MatMul_2", "layer.0.dense.bias"], "b");
        var tensors = CheckpointTensors.Open(Write(model));
        Assert.Equal(OnnxBert.Transposed(OnnxBuilder.Values("onnx::MatMul_2", 4, 4), 4, 4), tensors.Read("layer.0.dense.weight"));
        Assert.Equal(OnnxBert.Transposed(OnnxBuilder.Values("onnx::MatMul_1", 4, 4), 4, 4), tensors.Read("h.0.attn.c_proj.weight"));
    }

    [Fact]
    public void Read_Llama_NamesComeFromPathsAlone()
    {
        var model = new OnnxBuilder().Tensor("model.embed_tokens.weight", [6, 4]).Tensor("model.norm.weight", [4]);
        foreach (var (module, outputs) in new[] { ("q_proj", 4), ("k_proj", 2), ("v_proj", 2), ("o_proj", 4) })
            model.Tensor($"onnx::MatMul_{module}", [4, outputs])
                .Node("Cast", "", [$"onnx::MatMul_{module}"], $"c_{module}")
                .Node("MatMul", $"/model/layers.0/self_attn/{module}/MatMul", ["x", $"c_{module}"], module);
        var tensors = CheckpointTensors.Open(Write(model));
        foreach (var (module, outputs) in new[] { ("q_proj", 4), ("k_proj", 2), ("v_proj", 2), ("o_proj", 4) })
            Assert.Equal(OnnxBert.Transposed(OnnxBuilder.Values($"onnx::MatMul_{module}", 4, outputs), 4, outputs),
                tensors.Read($"model.layers.0.self_attn.{module}.weight"));
    }

    [Fact]
    public void Read_TiedWeight_HasBothNames()
    {
        var model = new OnnxBuilder().Tensor("transformer.wte.weight", [6, 4])
            .Node("Gather", "/transformer/wte/Gather", ["transformer.wte.weight", "input_ids"], "x")
            .Node("Transpose", "/lm_head/Transpose", ["transformer.wte.weight"], "t", OnnxBuilder.Numbers("perm", 1, 0))
            .Node("MatMul", "/lm_head/MatMul", ["x", "t"], "logits");
        var tensors = CheckpointTensors.Open(Write(model));
        Assert.Equal(["transformer.wte.weight", "lm_head.weight"], tensors.Tensors.Select(t => t.Name));
        Assert.Equal(OnnxBuilder.Values("transformer.wte.weight", 6, 4), tensors.Read("lm_head.weight"));
    }

    [Fact]
    public void Read_BranchesOfADecoder_AreReadToo() // one file for the first token and for those after it, as optimum merges them
    {
        ProtobufBytes Branch(string result) => new OnnxBuilder()
            .Node("MatMul", "/model/layers.0/self_attn/v_proj/MatMul", ["x", "onnx::MatMul_1"], result).Graph();
        var both = OnnxBuilder.NodeOf("If", "optimum::if", ["use_cache"], "logits",
            new ProtobufBytes().Text(1, "then_branch").Message(6, Branch("a")),
            new ProtobufBytes().Text(1, "else_branch").Message(6, Branch("b")));
        var tensors = CheckpointTensors.Open(Write(new OnnxBuilder().Tensor("onnx::MatMul_1", [4, 4]).Node(both)));
        Assert.Equal("model.layers.0.self_attn.v_proj.weight", Assert.Single(tensors.Tensors).Name);
    }

    [Fact]
    public void Notes_SayWhatWasDone()
    {
        var notes = TransformerCheckpoint.Load(Write(OnnxBert.Numbered())).Weights.Processing;
        Assert.Contains("12 names are those of the graph's nodes and biases", notes);
        Assert.Contains(notes, note => note.Contains("2 heads those of the graph", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_NothingTellsTheName_KeepsTheFiles()
    {
        var model = new OnnxBuilder().Tensor("927", [4, 4]).Node("MatMul", "MatMul_3", ["x", "927"], "a");
        var tensors = CheckpointTensors.Open(Write(model));
        Assert.Equal("927", Assert.Single(tensors.Tensors).Name);
        Assert.Contains("1 weights have no name that the graph tells", tensors.Contents.Notes);
    }

    private static OnnxBuilder Export(string exporter) => exporter switch
    {
        "numbers" => OnnxBert.Numbered(),
        "paths" => OnnxBert.Paths(),
        "shared biases" => OnnxBert.Paths(shareBiases: true),
        "kept" => OnnxBert.Kept(),
        "scopes" => OnnxBert.Scopes(),
        _ => OnnxBert.Fused(),
    };

    private string Write(OnnxBuilder model)
    {
        string path = _folder.PathOf("model.onnx");
        File.WriteAllBytes(path, model.ToArray());
        return path;
    }
}
