using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What a module is made of: sizes, kind, and which weights there are.</summary>
/// <param name="Config">Sizes and kind.</param>
/// <param name="Kinds">The weights that it has, in every layer where they are a layer's.</param>
/// <param name="FoldedValueGains">
/// Whether W_V and W_U, and they alone, hold the norm's gain and bias: what folding does where positions enter after the norm.
/// </param>
internal sealed record ModelShape(TransformerConfig Config, IReadOnlySet<WeightKind> Kinds, bool FoldedValueGains)
{
    private static readonly WeightKind[] s_attentionBiases =
        [WeightKind.b_Q, WeightKind.b_K, WeightKind.b_V, WeightKind.b_O, WeightKind.b_U];

    private static readonly WeightKind[] s_more = [WeightKind.b_E, WeightKind.ln_embed_w, WeightKind.ln1_post_w, WeightKind.W_head];

    private static readonly ForwardConfig s_attentionAlone = new();

    /// <summary>What a forward pass needs to know beside sizes, norms, positions and scores.</summary>
    public ForwardConfig Forward => Config.Forward ?? s_attentionAlone;

    /// <summary>Heads of keys and values.</summary>
    public int KeyValueHeads => Forward.KeyValueHeads ?? Config.Heads;

    /// <summary>Heads that share one of keys and values.</summary>
    public int Group => Config.Heads / KeyValueHeads;

    /// <summary>The kind of norms that stand elsewhere than before attention, MLP and unembedding; null for none.</summary>
    public string? NormKind => Config.Normalization ?? Config.FinalNormalization;

    /// <summary>What <see cref="IsTrained"/> asks for, in words.</summary>
    public const string Trained = "those are attention-only, with layer norms or none, and positions of W_pos";

    /// <summary>Whether new models of this shape are made here and trained.</summary>
    public bool IsTrained => Config is { AttentionOnly: true, PostNorm: false, PositionalEmbedding: "standard" or "shortformer" }
        && Config.Normalization is null or "LN" or "LNPre" && Config.FinalNormalization == Config.Normalization
        && Forward == s_attentionAlone && !s_more.Any(Has);

    /// <summary>How many of the nearest positions a layer's attention sees; 0 for all.</summary>
    public int WindowOf(int layer) => Forward.Windows.Count == 0 ? 0 : Forward.Windows[layer];

    /// <summary>Whether there is such a weight.</summary>
    public bool Has(WeightKind kind) => Kinds.Contains(kind);

    /// <summary>
    /// The shape of weights that were loaded. An attention-only model with some biases has all of them, zero where it has none.
    /// </summary>
    public static ModelShape Of(TransformerWeights weights)
    {
        var kinds = Enum.GetValues<WeightKind>().Where(weights.Has).ToHashSet();
        if (weights.Config.AttentionOnly && s_attentionBiases.Any(kinds.Contains))
            kinds.UnionWith(s_attentionBiases);
        bool folded = weights.ReadsGains(WeightKind.W_Q) && !weights.ReadsGains(WeightKind.W_V);
        if (folded)
            kinds.ExceptWith([WeightKind.ln_final_w, WeightKind.ln_final_b]);
        return new(weights.Config, kinds, folded);
    }

    /// <summary>A weight's name in the module: TransformerLens' own of grouped keys and values begin with a line below.</summary>
    public string NameOf(WeightKind kind, int layer)
    {
        string name = WeightNames.Of(kind, layer);
        return Group > 1 && WeightNames.IsOfKeysOrValues(kind) && !kind.ToString().Contains("norm", StringComparison.Ordinal)
            ? name.Replace("attn.", "attn._", StringComparison.Ordinal)
            : name;
    }

    /// <summary>Heads of which a weight is; 1 where it is of none.</summary>
    public int HeadsOf(WeightKind kind)
    {
        if (!WeightNames.IsOfHeads(kind))
            return 1;
        return WeightNames.IsOfKeysOrValues(kind) ? KeyValueHeads : Config.Heads;
    }

    /// <summary>The head by whose number a weight's source knows one of its heads.</summary>
    public HeadIndex SourceOf(WeightKind kind, int layer, int head) => new(layer, WeightNames.IsOfKeysOrValues(kind) ? head * Group : head);

    /// <summary>A tensor's shape: by head where it is of heads.</summary>
    public long[] ShapeOf(WeightKind kind)
    {
        var (rows, columns) = Config.ShapeOf(kind);
        long[] shape = WeightNames.IsVector(kind) ? [columns] : [rows, columns];
        return WeightNames.IsOfHeads(kind) ? [HeadsOf(kind), .. shape] : shape;
    }

    /// <summary>Throws where outputs are not the tokens, so that next tokens cannot be predicted.</summary>
    /// <exception cref="ArgumentException">Says so.</exception>
    public static void RequireNextTokens(TransformerConfig config)
    {
        if (config.NoCopying is not null)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{config.Name} has {config.Vocabulary:N0} tokens and {config.OutputVocabulary:N0} outputs, which are not these tokens: "
                + $"it predicts no next token."));
    }
}
