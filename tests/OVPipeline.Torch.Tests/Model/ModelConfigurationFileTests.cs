using System.Text.Json.Nodes;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>The configuration that is written, field by field: other programs read it, and ours does without some of it.</summary>
public sealed class ModelConfigurationFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(NormalizationKind.None, "null", 4, null)]
    [InlineData(NormalizationKind.LN, "\"LN\"", 2, 2)]
    public void Save_Model_WritesEveryField(NormalizationKind normalization, string written, int valueWidth, int? writtenWidth)
    {
        using var model = TestModels.Random(TestModels.Config(dValue: valueWidth, normalization: normalization));
        model.Save(_folder);
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "config.json")))!;
        string[] expected =
        [
            "model_type \"attn-only\"", "name \"small\"", "n_layers 2", "n_heads 3", "d_model 10", "d_head 4",
            .. writtenWidth is null ? Array.Empty<string>() : [$"d_value {writtenWidth}"],
            "n_ctx 9", "d_vocab 23", "attn_only true", $"normalization_type {written}",
            "positional_embedding_type \"shortformer\"", "attention_dir \"causal\"",
        ];
        Assert.Equal(expected, json.AsObject().Select(field => $"{field.Key} {field.Value?.ToJsonString() ?? "null"}"));
    }
}
