using System.Text.Json;
using OVPipeline.Checkpoints;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>ReproduceClaim on a model with layer norms, at no scale of theirs and at that of the lone embedding.</summary>
public sealed class ReproduceClaimScaleTests : IDisposable
{
    private const int V = 60, D = 12, Heads = 2, DHead = 6;
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-scale-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("none", false)]
    [InlineData("lone-embedding", true)]
    public void Run_LayerNorms_MarksLogLossesUnlessScalesAreHeld(string scales, bool held)
    {
        WriteModel();
        var process = SampleProcess.Run(
            "ReproduceClaim", "--model", _folder, "--out", Path.Combine(_folder, "out"), "--norm-scales", scales, "--all");
        Assert.Equal((0, ""), (process.ExitCode, process.Error));
        Assert.Contains("direct path", process.Output, StringComparison.Ordinal);
        Assert.Equal(!held,
            process.Output.Contains("* Not at the model's scale: layer norms stand between these weights", StringComparison.Ordinal));
        Assert.Equal(!held, process.Output.Contains("loss *", StringComparison.Ordinal));
        Assert.Equal(held, process.Output.Contains("norm scales are those of the lone embedding", StringComparison.Ordinal));
        var results = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "out", "results.json"))).RootElement;
        Assert.Equal(held, results.GetProperty("at_model_scale").GetBoolean());
        Assert.Equal(held ? JsonValueKind.Null : JsonValueKind.String, results.GetProperty("off_scale").ValueKind);
    }

    [Fact]
    public void Run_MeasuredWithoutAForwardPass_IsNoChoice()
    {
        WriteModel();
        var process = SampleProcess.Run("ReproduceClaim", "--model", _folder, "--norm-scales", "measured");
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("lone-embedding", process.Error, StringComparison.Ordinal);
    }

    private void WriteModel()
    {
        var random = new Random(3);
        SafetensorsTensor Noise(string name, params long[] shape) =>
            new(name, shape,
                Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (float)(random.NextDouble() * 2 - 1)).ToArray());
        List<SafetensorsTensor> tensors = [Noise("embed.W_E", V, D), Noise("pos_embed.W_pos", 16, D), Noise("unembed.W_U", D, V)];
        foreach (string norm in new[] { "blocks.0.ln1", "ln_final" })
            tensors.AddRange([Noise($"{norm}.w", D), Noise($"{norm}.b", D)]);
        foreach (string name in new[] { "W_Q", "W_K", "W_V" })
            tensors.Add(Noise($"blocks.0.attn.{name}", Heads, D, DHead));
        tensors.Add(Noise("blocks.0.attn.W_O", Heads, DHead, D));
        SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(_folder, "config.json"), $$"""
            {"n_layers": 1, "n_heads": {{Heads}}, "d_model": {{D}}, "d_head": {{DHead}}, "n_ctx": 16, "d_vocab": {{V}}, "attn_only": true,
             "normalization_type": "LN", "positional_embedding_type": "shortformer"}
            """);
    }
}
