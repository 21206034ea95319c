using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Tests.Atlas;

/// <summary>A random model with all that an atlas looks at, its tokens in a chosen order.</summary>
internal static class AtlasModel
{
    public static TransformerCheckpoint Create(int vocabulary = 60, int layers = 2, int heads = 3, int[]? order = null,
        Func<WeightKind, bool>? has = null, string positions = "standard", Action<InMemoryWeights>? change = null,
        string? normalization = null)
    {
        order ??= [.. Enumerable.Range(0, vocabulary)];
        var config = new TransformerConfig
        {
            Name = "atlas",
            Layers = layers,
            Heads = heads,
            DModel = 16,
            DHead = 4,
            Vocabulary = vocabulary,
            Context = 11,
            PositionalEmbedding = positions,
            Normalization = normalization,
        };
        var weights = new InMemoryWeights();
        var random = new Random(5);
        Set(WeightKind.W_E, default, matrix => matrix.SelectRows(order));
        Set(WeightKind.W_U, default, matrix => matrix.Transpose().SelectRows(order).Transpose());
        Set(WeightKind.W_pos, default, matrix => matrix);
        foreach (var head in config.AllHeads)
            foreach (var kind in new[] { WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O })
                Set(kind, head, matrix => matrix);
        change?.Invoke(weights);
        return new(new TransformerWeights(config, weights), new Vocabulary([.. order.Select(i => $"t{i}")]));

        void Set(WeightKind kind, HeadIndex head, Func<Matrix, Matrix> arranged)
        {
            var (rows, columns) = config.ShapeOf(kind);
            var matrix = Matrix.Create(rows, columns, (_, _) => (float)(random.NextDouble() * 2 - 1));
            if (has?.Invoke(kind) ?? true)
                weights.Set(kind, head, arranged(matrix));
        }
    }
}
