using System.Globalization;
using System.Runtime.CompilerServices;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>
/// What makes a new attention-only <see cref="Transformer"/>, to be trained: sizes and kind, complete.
/// </summary>
public sealed record AttentionOnlyConfig
{
    /// <summary>What the model is called, for tables and files.</summary>
    public string Name { get; init; } = "attn-only";

    /// <summary>Tokens in the vocabulary, V.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>
    /// What logits are of, V_out, where it is not the tokens: classes. Such a model runs and has no loss of next tokens. Null, the
    /// default, for the tokens.
    /// </summary>
    public int? OutputVocabulary { get; init; }

    /// <summary>Width of the residual stream, d_model.</summary>
    public required int DModel { get; init; }

    /// <summary>Number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Heads in a layer.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of a head's queries and keys, d_head.</summary>
    public required int DHead { get; init; }

    /// <summary>Width of a head's values, the highest rank of its OV circuit; null for d_head.</summary>
    public int? DValue { get; init; }

    /// <summary>Longest context, n_ctx: the rows of W_pos.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Where positions are added.</summary>
    public PositionKind Positions { get; init; } = PositionKind.Shortformer;

    /// <summary>What stands before attention and unembedding.</summary>
    public NormalizationKind Normalization { get; init; } = NormalizationKind.None;

    /// <summary>
    /// Whether W_V and W_U, and they alone, hold the layer norm's gain and bias: what folding does where positions enter after the norm.
    /// Needs <see cref="NormalizationKind.LN"/>. Such a model cannot be saved: no other tool knows of it. Default: false.
    /// </summary>
    public bool FoldedValueGains { get; init; }

    /// <summary>What layer norms add to the variance before its root (eps). Default: 1e-5.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether Q, K, V, the attention output and the unembedding have biases.</summary>
    public bool Biases { get; init; }

    /// <summary>Whether a position attends to those after it too (attention_dir). Default: false, causal.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>
    /// What attention scores are divided by (attn_scale; 1 where use_attn_scale is false). Null, the default, for sqrt(d_head).
    /// </summary>
    public double? AttentionScale { get; init; }

    /// <summary>Whether scores are divided by the layer's number from 1 too (scale_attn_by_inverse_layer_idx). Default: false.</summary>
    public bool ScaleByInverseLayer { get; init; }

    /// <summary>The same in Core's terms.</summary>
    public TransformerConfig ToTransformerConfig()
    {
        var config = new TransformerConfig
        {
            Name = Name,
            Layers = Layers,
            Heads = Heads,
            DModel = DModel,
            DHead = DHead,
            Vocabulary = Vocabulary,
            Context = ContextLength,
            AttentionOnly = true,
            Normalization = Normalization == NormalizationKind.None ? null : Normalization.ToString(),
            NormEpsilon = NormEpsilon,
            PositionalEmbedding = Positions == PositionKind.Standard ? "standard" : "shortformer",
            Bidirectional = Bidirectional,
            AttentionScale = AttentionScale,
            ScaleByInverseLayer = ScaleByInverseLayer,
            Forward = new(),
        };
        if (Outputs != Vocabulary)
            config = config with { OutputVocabulary = Outputs };
        return ValueWidth == DHead ? config : config with { DValue = ValueWidth };
    }

    /// <summary>The shape of a model that was loaded, to train others of it.</summary>
    /// <exception cref="CheckpointException">
    /// It has no forward pass here, or is not attention-only with layer norms or none and positions of W_pos; the message says which.
    /// </exception>
    public static AttentionOnlyConfig Of(TransformerWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var config = weights.Config;
        ForwardObstacles.RequireNone(weights);
        if (!ModelShape.Of(weights).IsTrained)
            throw new CheckpointException(config.Name, null, $"is no model that is trained here: {ModelShape.Trained}.");
        return new()
        {
            Name = config.Name,
            Vocabulary = config.Vocabulary,
            OutputVocabulary = config.NoCopying is null ? null : config.OutputVocabulary,
            DModel = config.DModel,
            Layers = config.Layers,
            Heads = config.Heads,
            DHead = config.DHead,
            DValue = config.DValue == config.DHead ? null : config.DValue,
            ContextLength = config.Context,
            Positions = config.PositionalEmbedding == "standard" ? PositionKind.Standard : PositionKind.Shortformer,
            Normalization = config.Normalization switch
            {
                null => NormalizationKind.None,
                "LNPre" => NormalizationKind.LNPre,
                _ => NormalizationKind.LN,
            },
            FoldedValueGains = weights.ReadsGains(WeightKind.W_Q) && !weights.ReadsGains(WeightKind.W_V),
            NormEpsilon = config.NormEpsilon,
            Biases = new[] { WeightKind.b_Q, WeightKind.b_K, WeightKind.b_V, WeightKind.b_O, WeightKind.b_U }.Any(weights.Has),
            Bidirectional = config.Bidirectional,
            AttentionScale = config.AttentionScale,
            ScaleByInverseLayer = config.ScaleByInverseLayer,
        };
    }

    internal int ValueWidth => DValue ?? DHead;

    internal int Outputs => OutputVocabulary ?? Vocabulary;

    /// <summary>The weights that such a model has.</summary>
    internal ModelShape ToShape()
    {
        List<WeightKind> kinds =
        [
            WeightKind.W_E, WeightKind.W_pos, WeightKind.W_U, WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O,
        ];
        if (Normalization == NormalizationKind.LN)
            kinds.AddRange([WeightKind.ln1_w, WeightKind.ln1_b]);
        if (Normalization == NormalizationKind.LN && !FoldedValueGains)
            kinds.AddRange([WeightKind.ln_final_w, WeightKind.ln_final_b]);
        if (Biases)
            kinds.AddRange([WeightKind.b_Q, WeightKind.b_K, WeightKind.b_V, WeightKind.b_O, WeightKind.b_U]);
        return new(ToTransformerConfig(), kinds.ToHashSet(), FoldedValueGains);
    }

    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, another value cannot be, or a tensor would hold 2^31 values or
    /// more.</exception>
    internal AttentionOnlyConfig Validated()
    {
        RequirePositive(Vocabulary, nameof(Vocabulary));
        RequirePositive(Outputs, nameof(OutputVocabulary));
        RequirePositive(DModel, nameof(DModel));
        RequirePositive(Layers, nameof(Layers));
        RequirePositive(Heads, nameof(Heads));
        RequirePositive(DHead, nameof(DHead));
        RequirePositive(ValueWidth, nameof(DValue));
        RequirePositive(ContextLength, nameof(ContextLength));
        RequireOneArray(Vocabulary, DModel, "W_E");
        RequireOneArray(DModel, Outputs, "W_U");
        RequireOneArray(ContextLength, DModel, "W_pos");
        RequireOneArray(DModel, (long)Heads * Math.Max(DHead, ValueWidth), "W_Q");
        if (!double.IsFinite(NormEpsilon) || NormEpsilon <= 0)
            throw new ArgumentOutOfRangeException(nameof(NormEpsilon), NormEpsilon, $"NormEpsilon must be above 0, was {NormEpsilon}.");
        if (AttentionScale is { } scale && (!double.IsFinite(scale) || scale <= 0))
            throw new ArgumentOutOfRangeException(nameof(AttentionScale), scale, $"AttentionScale must be above 0, was {scale}.");
        if (FoldedValueGains && Normalization != NormalizationKind.LN)
            throw new ArgumentOutOfRangeException(nameof(FoldedValueGains), "FoldedValueGains needs a layer norm with gains (LN).");
        return this;

        static void RequirePositive(int size, string name)
        {
            if (size < 1)
                throw new ArgumentOutOfRangeException(name, size, $"{name} must be at least 1, was {size}.");
        }

        static void RequireOneArray(long rows, long columns, string name)
        {
            if (rows * columns > Array.MaxLength)
                throw new ArgumentOutOfRangeException(name, $"{name} of [{rows}, {columns}] does not fit one array.");
        }
    }
}
