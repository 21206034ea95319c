using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// The ONNX files among the fixtures, which the fuzzer mutates, are those that the tests build: <c>OVP_WRITE_FIXTURES=1</c> writes them.
/// </summary>
public sealed class OnnxFixtureTests
{
    [Theory]
    [InlineData("onnx_numbers")]
    [InlineData("onnx_paths")]
    [InlineData("onnx_fused")]
    public void Fixture_OfAnExporter_IsWhatTheBuilderWrites(string name)
    {
        var model = name switch
        {
            "onnx_numbers" => OnnxBert.Numbered(),
            "onnx_paths" => OnnxBert.Paths(),
            _ => OnnxBert.Fused(),
        };
        string path = Repository.Fixture("Architectures", name, "model.onnx");
        if (Environment.GetEnvironmentVariable("OVP_WRITE_FIXTURES") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, model.ToArray());
        }
        Assert.Equal(model.ToArray(), File.ReadAllBytes(path));
        Assert.Equal("BERT", TransformerCheckpoint.Load(path).Layout);
    }
}
