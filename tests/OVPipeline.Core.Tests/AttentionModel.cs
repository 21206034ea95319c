namespace OVPipeline.Core.Tests;

/// <summary>A random model with all that attention needs: V 40, d_model 12, 3 layers of 2 heads of 3, 9 positions.</summary>
internal static class AttentionModel
{
    public const int V = 40, D = 12, DHead = 3, Context = 9;

    public static TransformerWeights Create(Action<InMemoryWeights>? change = null, Func<WeightKind, bool>? has = null,
        Func<TransformerConfig, TransformerConfig>? kind = null)
    {
        var config = new TransformerConfig
        {
            Name = "tiny",
            Layers = 3,
            Heads = 2,
            DModel = D,
            DHead = DHead,
            Vocabulary = V,
            Context = Context,
        };
        var weights = new InMemoryWeights();
        int seed = 1;
        foreach (var weight in new[] { WeightKind.W_E, WeightKind.W_U, WeightKind.W_pos })
            Set(weight, default);
        foreach (var head in config.AllHeads)
            foreach (var weight in new[] { WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O })
                Set(weight, head);
        change?.Invoke(weights);
        return new(kind?.Invoke(config) ?? config, weights, ["as made"]);

        void Set(WeightKind weight, HeadIndex head)
        {
            var (rows, columns) = config.ShapeOf(weight);
            if (has?.Invoke(weight) ?? true)
                weights.Set(weight, head, TestMatrices.Random(rows, columns, seed++));
        }
    }
}
