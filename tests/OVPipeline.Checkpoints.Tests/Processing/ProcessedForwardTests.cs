using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>A model of any family whose weights were processed gives the probabilities that it gives as stored.</summary>
public sealed class ProcessedForwardTests : IDisposable
{
    private const double Tolerance = 2e-6; // processed weights are rounded to singles
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Cases => new(ForwardCase.Names);

    [Theory, MemberData(nameof(Cases))]
    public void Load_AllOptions_KeepWhatTheFamilyComputes(string name)
    {
        var model = ForwardCase.Open(name);
        model.Write(_folder.Path);
        var options = new CheckpointOptions
        {
            FoldLayerNorm = true,
            CenterWritingWeights = true,
            CenterUnembed = true,
            FoldValueBiases = true,
        };
        var weights = TransformerCheckpoint.LoadWeights(_folder.Path, options);
        int outputs = weights.Config.OutputVocabulary;
        double[] expected = LogProbabilities(model.Logits[1], outputs);
        double[] found = LogProbabilities(PlainForward.LogitsOf(weights, model.Tokens[1]), outputs);
        double difference = expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)) / expected.Max(Math.Abs);
        Assert.True(difference < Tolerance, $"{name}: {difference:g3} ({string.Join("; ", weights.Processing)})");
    }

    [Theory]
    [InlineData("gpt2", "layer norm is folded into W_Q, W_K, W_V, W_U, W_in and their biases")]
    [InlineData("llama", "RMS norm is folded into W_Q, W_K, W_V, W_U, W_in and W_gate")]
    [InlineData("gptj", "layer norm is folded into W_Q, W_K, W_V, W_U, W_in and their biases")]
    [InlineData("olmo2", "RMS norm is folded into W_U")]
    [InlineData("gpt2", "W_E, W_pos, W_O, b_O, W_out and b_out are centred over d_model")]
    [InlineData("mpt", "no value biases are folded: the model has none")]
    public void Load_AllOptions_SayWhatWasDone(string name, string note)
    {
        var options = new CheckpointOptions { FoldLayerNorm = true, CenterWritingWeights = true, FoldValueBiases = true };
        Assert.Contains(note, ForwardCase.Open(name).Load(_folder.Path, options).Processing);
    }

    [Fact]
    public void Load_ClippedValuesWithBiases_KeepTheirBiases()
    {
        var model = ForwardCase.Open("olmo");
        model.Write(_folder.Path);
        var tensors = CheckpointTensors.Open(_folder.PathOf("model.safetensors"));
        SafetensorsTensor[] all =
        [
            .. tensors.Tensors.Select(tensor => new SafetensorsTensor(tensor.Name, tensor.Shape, tensors.Read(tensor.Name))),
            .. Enumerable.Range(0, 2).Select(layer =>
                new SafetensorsTensor($"model.layers.{layer}.self_attn.v_proj.bias", [16], Enumerable.Repeat(0.5f, 16).ToArray())),
        ];
        Directory.CreateDirectory(_folder.PathOf("biases"));
        File.Copy(_folder.PathOf("config.json"), _folder.PathOf("biases/config.json"));
        SafetensorsWriter.Write(_folder.PathOf("biases/model.safetensors"), all);
        var stored = TransformerCheckpoint.LoadWeights(_folder.PathOf("biases"));
        var weights = TransformerCheckpoint.LoadWeights(_folder.PathOf("biases"), new() { FoldValueBiases = true });
        Assert.Contains("value biases are not folded: values are clipped after their bias", weights.Processing);
        Assert.Equal(PlainForward.LogitsOf(stored, [3, 1, 4]), PlainForward.LogitsOf(weights, [3, 1, 4]));
    }

    private static double[] LogProbabilities(double[] logits, int outputs) => [.. logits.Chunk(outputs).SelectMany(row =>
    {
        double most = row.Max(), log = most + Math.Log(row.Sum(value => Math.Exp(value - most)));
        return row.Select(value => value - log);
    })];
}
