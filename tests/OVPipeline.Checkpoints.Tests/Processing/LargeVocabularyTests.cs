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
        // 1 for all tokens but the last, which alone makes the mean 2.
        float[] unembedding = new float[4 * Vocabulary];
        Array.Fill(unembedding, 1);
        for (int row = 0; row < 4; row++)
            unembedding[((row + 1) * Vocabulary) - 1] = 1 + Vocabulary;

        var first = Load(unembedding).ReadTokens(WeightKind.W_U, 0, 1);

        for (int row = 0; row < 4; row++)
            Assert.Equal(-1, first[row, 0]);
    }

    private TransformerWeights Load(float[] unembedding)
    {
        List<SafetensorsTensor> tensors = [.. TinyModel.Tensors().Where(tensor => tensor.Name is not ("embed.W_E" or "unembed.W_U"))];
        tensors.Add(new("embed.W_E", [Vocabulary, 4], new float[4 * Vocabulary]));
        tensors.Add(new("unembed.W_U", [4, Vocabulary], unembedding));
        string path = _folder.PathOf("model.safetensors");
        SafetensorsWriter.Write(path, tensors);
        return TransformerCheckpoint.Load(path, new CheckpointOptions { CenterUnembed = true }).Weights;
    }
}
