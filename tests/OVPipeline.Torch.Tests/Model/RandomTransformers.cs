using OVPipeline.Core;

namespace OVPipeline.Torch.Tests;

/// <summary>Models of random kind and random weights: what published families have, in every combination.</summary>
internal static class RandomTransformers
{
    public const int Context = 11;

    /// <summary>A model by seed.</summary>
    public static TransformerWeights Draw(int seed)
    {
        var random = new Random(seed);
        var config = Config(random, seed);
        return Weights(config, random);
    }

    /// <summary>A model of a configuration that says all, but for its weights. What may or may not be there is there by chance.</summary>
    public static TransformerWeights Weights(TransformerConfig config, Random random, Func<WeightKind, bool?>? has = null)
    {
        var weights = new InMemoryWeights();
        var forward = config.Forward ?? new();
        int group = config.Heads / (forward.KeyValueHeads ?? config.Heads);
        var kinds = Enum.GetValues<WeightKind>().Where(kind => has?.Invoke(kind) ?? IsThere(kind, config, random)).ToHashSet();
        foreach (var kind in kinds)
        {
            if (!WeightNames.IsOfHeads(kind))
            {
                foreach (int layer in IsOfLayer(kind) ? Enumerable.Range(0, config.Layers) : [0])
                    weights.Set(kind, new(layer, 0), Draw(kind));
                continue;
            }
            foreach (var head in config.AllHeads)
            {
                bool shares = WeightNames.IsOfKeysOrValues(kind) && head.Head % group != 0;
                weights.Set(kind, head, shares ? weights.Read(kind, head with { Head = head.Head / group * group }) : Draw(kind));
            }
        }
        if (config.PostNorm && !kinds.Contains(WeightKind.W_head))
        {
            // BERT's last norm is its final one.
            var (gain, bias) = forward.Mlp is null
                ? (WeightKind.ln1_post_w, WeightKind.ln1_post_b)
                : (WeightKind.ln2_post_w, WeightKind.ln2_post_b);
            var last = new HeadIndex(config.Layers - 1, 0);
            weights.Set(WeightKind.ln_final_w, weights.Read(gain, last));
            weights.Set(WeightKind.ln_final_b, weights.Read(bias, last));
        }
        return new(config, new KnownKinds(weights, kinds));

        Matrix Draw(WeightKind kind)
        {
            var (rows, columns) = config.ShapeOf(kind);
            string name = kind.ToString();
            bool gain = name.EndsWith("_w", StringComparison.Ordinal);
            double scale = rows == 1 ? 0.3 : 1.5 / Math.Sqrt(kind is WeightKind.W_E or WeightKind.W_pos ? 1 : rows);
            return Matrix.Create(rows, columns, (_, _) => (float)((gain ? 1 : 0) + (scale * Normal(random))));
        }
    }

    // Plain loops ask for every entry whether there is such a weight.
    private sealed class KnownKinds(InMemoryWeights weights, HashSet<WeightKind> kinds) : IWeightSource
    {
        public bool Has(WeightKind kind) => kinds.Contains(kind);

        public Matrix Read(WeightKind kind, HeadIndex head = default) => weights.Read(kind, head);
    }

    private static bool IsOfLayer(WeightKind kind) => kind is not (WeightKind.W_E or WeightKind.W_pos or WeightKind.W_U or WeightKind.b_U
        or WeightKind.b_E or WeightKind.ln_embed_w or WeightKind.ln_embed_b or WeightKind.ln_final_w or WeightKind.ln_final_b
        or WeightKind.W_head or WeightKind.b_head);

    private static TransformerConfig Config(Random random, int seed)
    {
        int heads = Of(random, 2, 3, 4, 6);
        int groups = Of(random, heads, heads, heads % 2 == 0 ? 2 : heads, 1);
        int dHead = Of(random, 4, 6, 8);
        bool attentionOnly = Chance(random, 0.2);
        string? normalization = Of(random, "LN", "RMS", "LNPre", "RMSPre", null);
        bool postNorm = normalization == "LN" && Chance(random, 0.3);
        string positions = Of(random, "standard", "shortformer", "rotary", "rotary", "alibi", "none");
        int layers = Of(random, 1, 2, 3);
        bool bidirectional = Chance(random, 0.2);
        bool windows = !bidirectional && Chance(random, 0.3);
        string? final = normalization is null && Chance(random, 0.5) ? "RMS" : normalization;
        return new TransformerConfig
        {
            Name = $"random-{seed}",
            Layers = layers,
            Heads = heads,
            DModel = 10,
            DHead = dHead,
            DValue = Of(random, dHead, dHead, 3),
            Vocabulary = 19,
            OutputVocabulary = Chance(random, 0.2) ? 7 : 19,
            Context = Context,
            AttentionOnly = attentionOnly,
            Normalization = normalization,
            FinalNormalization = final,
            NormEpsilon = Of(random, 1e-5, 0.1),
            PostNorm = postNorm,
            PositionalEmbedding = positions,
            Bidirectional = bidirectional,
            AttentionScale = Chance(random, 0.3) ? 1.3 : null,
            ScaleByInverseLayer = Chance(random, 0.2),
            Forward = new ForwardConfig
            {
                Mlp = attentionOnly ? null : new(9, Of(random, Enum.GetValues<ActivationKind>()), Chance(random, 0.5)),
                ParallelMlp = !attentionOnly && !postNorm && Chance(random, 0.3),
                Rotary = positions == "rotary" ? Rotary(random, dHead, layers) : null,
                AlibiMaximum = Of(random, 8, 4.0),
                KeyValueHeads = groups == heads && Chance(random, 0.5) ? null : groups,
                Windows = windows ? [.. Enumerable.Range(0, layers).Select(_ => Of(random, 0, 1, 3, 5, Context))] : [],
                QueryKeyNorm = final is null || Chance(random, 0.6)
                    ? QueryKeyNormKind.None
                    : Of(random, QueryKeyNormKind.Head, QueryKeyNormKind.Layer),
                TurnsBeforeNorm = Chance(random, 0.3),
                RoundedAlibi = Chance(random, 0.3),
                ScoreCap = Chance(random, 0.25) ? 1.1 : null,
                LogitCap = Chance(random, 0.25) ? 2.5 : null,
                ProjectionLimit = Chance(random, 0.2) ? 0.8 : null,
                EmbeddingFactor = Of(random, 1, 1, 2.5),
                ResidualFactor = Of(random, 1, 1, 0.7),
                LogitFactor = Of(random, 1, 1, 0.4),
            },
        };
    }

    private static RotaryConfig Rotary(Random random, int dHead, int layers)
    {
        int dimensions = Of(random, dHead, 4, 2);
        double[] Factors() => [.. Enumerable.Range(0, dimensions / 2).Select(_ => 1 + (3 * random.NextDouble()))];
        return new()
        {
            Dimensions = dimensions,
            Base = Of(random, 10_000, 50.0),
            AdjacentPairs = Chance(random, 0.5),
            LocalBase = Chance(random, 0.3) ? 20 : null,
            LayersWithout = Chance(random, 0.2) ? [layers - 1] : [],
            Scaling = Chance(random, 0.5) ? null : new RotaryScaling
            {
                Kind = Of(random, Enum.GetValues<RotaryScalingKind>()),
                Factor = Of(random, 4, 1.5),
                OriginalContext = Of(random, 4, 8, 20),
                BetaFast = Of(random, 32, 0.6),
                BetaSlow = Of(random, 1, 0.1),
                AttentionFactor = Chance(random, 0.3) ? 1.2 : null,
                ShortFactors = [.. Factors()],
                LongFactors = [.. Factors()],
            },
        };
    }

    private static bool IsThere(WeightKind kind, TransformerConfig config, Random random)
    {
        var forward = config.Forward ?? new();
        string? norm = config.Normalization ?? config.FinalNormalization;
        bool gains = config.Normalization is "LN" or "RMS" && !config.PostNorm;
        bool biases = norm is "LN" or "LNPre";
        bool mlp = forward.Mlp is not null;
        bool coin = Chance(random, 0.5);
        bool final = config.FinalNormalization is "LN" or "RMS";
        return kind switch
        {
            WeightKind.W_pos => config.PositionalEmbedding is "standard" or "shortformer",
            WeightKind.ln1_w => gains,
            WeightKind.ln1_b => gains && biases,
            WeightKind.ln_final_w => final,
            WeightKind.ln_final_b => final && biases,
            WeightKind.W_in or WeightKind.W_out => mlp,
            WeightKind.W_gate => mlp && forward.Mlp!.Gated,
            WeightKind.b_gate => mlp && forward.Mlp!.Gated && coin,
            WeightKind.b_in or WeightKind.b_out => mlp && coin,
            WeightKind.ln2_w => gains && mlp && !(forward.ParallelMlp && random.Next(2) == 0 && !biases),
            WeightKind.ln2_b => gains && mlp && biases,
            WeightKind.ln1_post_w => config.PostNorm || (norm is not null && coin),
            WeightKind.ln1_post_b => config.PostNorm,
            WeightKind.ln2_post_w => mlp && (config.PostNorm || (norm is not null && coin)),
            WeightKind.ln2_post_b => mlp && config.PostNorm,
            WeightKind.ln_mlp_w or WeightKind.ln_mlp_b => forward.Mlp?.Activation == ActivationKind.SoluLN && coin,
            WeightKind.ln_embed_w => norm is not null && coin,
            WeightKind.ln_embed_b => false,
            WeightKind.q_norm_w or WeightKind.k_norm_w => forward.QueryKeyNorm != QueryKeyNormKind.None,
            WeightKind.q_norm_b or WeightKind.k_norm_b => forward.QueryKeyNorm != QueryKeyNormKind.None && biases && coin,
            WeightKind.W_head or WeightKind.b_head => config.PostNorm && mlp && config.OutputVocabulary == config.Vocabulary,
            WeightKind.b_Q or WeightKind.b_K or WeightKind.b_V or WeightKind.b_O or WeightKind.b_U or WeightKind.b_E => coin,
            _ => true,
        };
    }

    private static bool Chance(Random random, double share) => random.NextDouble() < share;

    private static T Of<T>(Random random, params T[] values) => values[random.Next(values.Length)];

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
