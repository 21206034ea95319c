using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>
/// A model of the course's shape, two layers of 12 heads of 64 that are attention alone: synthetic embeddings, two heads of the second
/// layer that copy in part, each through directions of its own, and others that do not.
/// </summary>
internal static class CourseModel
{
    public const int Heads = 12, HeadRank = 64, Layers = 2;
    private const double OutputNoise = 0.3;
    private static readonly HeadIndex[] s_copiers = [new(1, 4), new(1, 10)];

    /// <summary>Its weights, of as many layers as are wanted.</summary>
    public static TransformerWeights Create(int vocabulary, int width, int layers)
    {
        var config = new TransformerConfig
        {
            Name = "course-shape",
            Layers = layers,
            Heads = Heads,
            DModel = width,
            DHead = HeadRank,
            Vocabulary = vocabulary,
        };
        var weights = new InMemoryWeights();
        var model = SyntheticModel.Create(vocabulary, width, noise: 0.5, seed: 1);
        weights.Set(WeightKind.W_E, model.Embedding);
        weights.Set(WeightKind.W_U, model.Unembedding);
        foreach (var head in config.AllHeads)
        {
            weights.Set(WeightKind.W_V, head, W_V(width, head));
            weights.Set(WeightKind.W_O, head, W_O(width, head, layers));
        }
        return new(config, weights);
    }

    /// <summary>Writes it as TransformerLens names it.</summary>
    public static void Save(string folder, int vocabulary, int width)
    {
        const int Positions = 64;
        var model = SyntheticModel.Create(vocabulary, width, noise: 0.5, seed: 1);
        List<SafetensorsTensor> tensors =
        [
            new("embed.W_E", [vocabulary, width], model.Embedding.Data),
            new("pos_embed.W_pos", [Positions, width], new float[Positions * width]),
            new("unembed.W_U", [width, vocabulary], model.Unembedding.Data),
        ];
        foreach (int layer in Enumerable.Range(0, Layers))
        {
            HeadIndex[] heads = [.. Enumerable.Range(0, Heads).Select(head => new HeadIndex(layer, head))];
            float[] values = [.. heads.SelectMany(head => W_V(width, head).Data)];
            string at = $"blocks.{layer}.attn.";
            tensors.Add(new(at + "W_Q", [Heads, width, HeadRank], values));
            tensors.Add(new(at + "W_K", [Heads, width, HeadRank], values));
            tensors.Add(new(at + "W_V", [Heads, width, HeadRank], values));
            tensors.Add(new(at + "W_O", [Heads, HeadRank, width], heads.SelectMany(head => W_O(width, head, Layers).Data).ToArray()));
        }
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["model_type"] = "attn-only",
            ["name"] = "course-shape",
            ["n_layers"] = Layers,
            ["n_heads"] = Heads,
            ["d_model"] = width,
            ["d_head"] = HeadRank,
            ["n_ctx"] = Positions,
            ["d_vocab"] = vocabulary,
            ["attn_only"] = true,
            ["normalization_type"] = null,
            ["positional_embedding_type"] = "shortformer",
            ["attention_dir"] = "causal",
        }));
    }

    /// <summary>The bytes of the weights that copying needs: embeddings, values and outputs.</summary>
    public static long WeightBytes(int vocabulary, int width) =>
        sizeof(float) * ((2L * vocabulary * width) + (2L * Layers * Heads * width * HeadRank));

    private static Matrix W_V(int width, HeadIndex head) =>
        SyntheticMatrix.Normal(width, HeadRank, 1 / Math.Sqrt(width), seed: 1, stream: 100 + (head.Layer * Heads) + head.Head);

    private static Matrix W_O(int width, HeadIndex head, int layers)
    {
        int stream = 200 + (head.Layer * Heads) + head.Head;
        if (!s_copiers.Contains(head with { Layer = head.Layer + Layers - layers }))
            return SyntheticMatrix.Normal(HeadRank, width, 1 / Math.Sqrt(width), seed: 1, stream);
        Matrix values = W_V(width, head), noise = SyntheticMatrix.Normal(HeadRank, width, OutputNoise / Math.Sqrt(width), seed: 1, stream);
        return Matrix.Create(HeadRank, width, (k, j) => values[j, k] + noise[k, j]);
    }
}
