using System.Runtime.CompilerServices;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>
/// What makes an <see cref="AttentionOnlyTransformer"/>: the part of a <see cref="TransformerConfig"/> that has a forward pass here, complete.
/// </summary>
public sealed record AttentionOnlyConfig
{
    /// <summary>What the model is called, for tables and files.</summary>
    public string Name { get; init; } = "attn-only";

    /// <summary>Tokens in the vocabulary, V.</summary>
    public required int Vocabulary { get; init; }

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

    /// <summary>Whether Q, K, V, the attention output and the unembedding have biases.</summary>
    public bool Biases { get; init; }

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
            Normalization = Normalization == NormalizationKind.None ? null : "LN",
            PositionalEmbedding = Positions == PositionKind.Standard ? "standard" : "shortformer",
        };
        return ValueWidth == DHead ? config : config with { DValue = ValueWidth };
    }

    /// <summary>The configuration of weights that were loaded.</summary>
    /// <exception cref="CheckpointException">Their model has no forward pass here; the message says what it has that is missing here.</exception>
    public static AttentionOnlyConfig Of(TransformerWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var config = weights.Config;
        Require(ReferenceEquals(weights, weights.Model),
            "its norms are folded into weights for circuits (TransformerWeights.Model has the model's own)");
        Require(config.AttentionOnly, "it has MLPs");
        Require(config.Normalization is null or "LN", $"its normalization is {config.Normalization}, not LN or none");
        Require(config.PositionalEmbedding is "shortformer" or "standard", config.PositionalEmbedding == "unknown"
            ? "positional_embedding_type in config.json does not say how positions are added (shortformer or standard)"
            : $"its positions are {config.PositionalEmbedding}, not shortformer or standard");
        Require(weights.Has(WeightKind.W_pos) && config.Context > 0, "pos_embed.W_pos is missing");
        WeightKind[] gains = [WeightKind.ln1_w, WeightKind.ln1_b, WeightKind.ln_final_w, WeightKind.ln_final_b];
        int found = config.Normalization is null ? 0 : gains.Count(weights.Has);
        Require(found is 0 or 4, $"of its layer norms' weights only {string.Join(", ", gains.Where(weights.Has))} are there");
        return new()
        {
            Name = config.Name,
            Vocabulary = config.Vocabulary,
            DModel = config.DModel,
            Layers = config.Layers,
            Heads = config.Heads,
            DHead = config.DHead,
            DValue = config.DValue == config.DHead ? null : config.DValue,
            ContextLength = config.Context,
            Positions = config.PositionalEmbedding == "standard" ? PositionKind.Standard : PositionKind.Shortformer,
            Normalization = config.Normalization is null ? NormalizationKind.None : found == 0 ? NormalizationKind.LNPre : NormalizationKind.LN,
            Biases = new[] { WeightKind.b_Q, WeightKind.b_K, WeightKind.b_V, WeightKind.b_O, WeightKind.b_U }.Any(weights.Has),
        };

        void Require(bool condition, string reason)
        {
            if (!condition)
                throw new CheckpointException(config.Name, null, $"has no forward pass here: {reason}.");
        }
    }

    internal int ValueWidth => DValue ?? DHead;

    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or a tensor would hold 2^31 values or more.</exception>
    internal AttentionOnlyConfig Validated()
    {
        foreach (var (size, name) in new[]
            { (Vocabulary, nameof(Vocabulary)), (DModel, nameof(DModel)), (Layers, nameof(Layers)), (Heads, nameof(Heads)), (DHead, nameof(DHead)),
              (ValueWidth, nameof(DValue)), (ContextLength, nameof(ContextLength)) })
            if (size < 1)
                throw new ArgumentOutOfRangeException(name, size, $"{name} must be at least 1, was {size}.");
        foreach (var (rows, columns, name) in new[]
            { (Vocabulary, (long)DModel, "W_E"), (ContextLength, DModel, "W_pos"), (DModel, (long)Heads * Math.Max(DHead, ValueWidth), "W_Q") })
            if (rows * columns > Array.MaxLength)
                throw new ArgumentOutOfRangeException(name, $"{name} of [{rows}, {columns}] does not fit one array.");
        return this;
    }
}
