using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Tests.Common;

/// <summary>Models of a few tokens, made of noise; the last head of the last layer copies as well as its rank allows.</summary>
internal static class TinyModel
{
    public static TransformerCheckpoint Create(
        int vocabulary = 150, int dModel = 16, int layers = 2, int heads = 3, int dHead = 4, int seed = 5)
    {
        var random = new Random(seed);
        float Next() => (float)(random.NextDouble() * 2 - 1);
        Matrix Noise(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => Next());
        var config = new TransformerConfig
        {
            Name = "tiny <b>&amp;",
            Layers = layers,
            Heads = heads,
            DModel = dModel,
            DHead = dHead,
            Vocabulary = vocabulary,
            AttentionOnly = true,
        };
        var weights = new InMemoryWeights();
        var embedding = Noise(vocabulary, dModel);
        weights.Set(WeightKind.W_E, embedding);
        weights.Set(WeightKind.W_U, Matrix.Create(dModel, vocabulary, (i, j) => embedding[j, i] + 0.3f * Next()));
        foreach (var head in config.AllHeads)
        {
            var value = Noise(dModel, dHead);
            weights.Set(WeightKind.W_V, head, value);
            weights.Set(WeightKind.W_O, head, head == new HeadIndex(layers - 1, heads - 1) ? value.Transpose() : Noise(dHead, dModel));
        }
        // Words with a variant that starts with a space, as real vocabularies have them.
        static string Token(int id) => id % 2 == 0 ? $"word{id / 2}" : $"␣Word{id / 2}";
        return new(new TransformerWeights(config, weights), new Vocabulary([.. Enumerable.Range(0, vocabulary).Select(Token)]));
    }
}
