using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class LargeVocabularyTests : IDisposable
{
    private const int Vocabulary = 600_000; // times d_model 4 more than two of the blocks in which W_U's means are taken
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_CenterUnembedOfManyBlocks_RemovesTheMeanOverAllTokens()
    {
        float[] unembedding = [.. Enumerable.Range(0, 4 * Vocabulary).Select(i => i % Vocabulary / (float)Vocabulary)];
        List<SafetensorsTensor> tensors = [.. TinyModel.Tensors().Where(tensor => tensor.Name is not ("embed.W_E" or "unembed.W_U"))];
        tensors.Add(new("embed.W_E", [Vocabulary, 4], new float[4 * Vocabulary]));
        tensors.Add(new("unembed.W_U", [4, Vocabulary], unembedding));
        string path = _folder.PathOf("model.safetensors");
        SafetensorsWriter.Write(path, tensors);

        var weights = TransformerCheckpoint.Load(path, new CheckpointOptions { CenterUnembed = true }).Weights;

        var ends = new[] { weights.ReadTokens(WeightKind.W_U, 0, 1), weights.ReadTokens(WeightKind.W_U, Vocabulary - 1, 1) };
        for (int row = 0; row < 4; row++)
        {
            Assert.Equal(-0.5f, ends[0][row, 0], 1e-5f);
            Assert.Equal(0.5f, ends[1][row, 0], 1e-5f);
        }
    }
}
