using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>A layout of Hugging Face's transformers: names under a prefix that some files leave out, sizes from config.json.</summary>
internal abstract class HuggingFaceLayout : WeightLayout
{
    // GPT-2 and BLOOM; GPT-NeoX; Llama and its kin. Without one, the families' own defaults: 1e-5 of a layer norm, 1e-6 of an RMS norm.
    private static readonly string[] s_epsilons = ["layer_norm_epsilon", "layer_norm_eps", "rms_norm_eps", "norm_epsilon", "norm_eps"];

    /// <summary>What may come before every name but the unembedding's.</summary>
    protected abstract IReadOnlyList<string> Prefixes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> OwnPrefixes => Prefixes;

    /// <summary>Whether W_U is the transpose of W_E where config.json does not say.</summary>
    protected virtual bool TiedByDefault => true;

    /// <summary>The width of a head where the layout lets it differ from d_model / heads, else null.</summary>
    protected virtual int? HeadWidth(ModelConfigFile file) => null;

    /// <summary>
    /// A size that the family's configuration has where a part of a file for several kinds of input leaves it out; null for none.
    /// </summary>
    protected virtual int? UsualSize(string field) => null;

    /// <summary>The number of tokens by the tensors, where such a part leaves it out.</summary>
    protected virtual int? StoredVocabulary(CheckpointParts parts) => null;

    /// <summary>Whether attention and MLP read the same residual stream.</summary>
    protected virtual bool IsParallel(ModelConfigFile file) => false;

    /// <summary>Its rotary positions where config.json does not say.</summary>
    protected virtual RotaryKind Rotary(ModelConfigFile? file) => new();

    /// <inheritdoc/>
    public override IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config) =>
        FileNeeds.Of(parts, config, Rotary(parts.Config))
            .Concat(parts.Config is { } file && IsParallel(file) ? [new ForwardNeed(ForwardFeature.ParallelMlp)] : []);

    /// <inheritdoc/>
    public override bool Matches(CheckpointParts parts) =>
        HasNames(parts) && (parts.Config?.ModelType is not { } type || ModelTypes.Contains(type));

    /// <inheritdoc/>
    public override bool HasNames(CheckpointParts parts) => FindPrefix(parts) is not null;

    /// <summary>A name with the prefix that this checkpoint has.</summary>
    protected string Full(CheckpointParts parts, string name) => FindPrefix(parts) + name;

    /// <summary>A name within a layer.</summary>
    protected string InLayer(CheckpointParts parts, string layers, int layer, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{FindPrefix(parts)}{layers}.{layer}.{name}");

    /// <summary>
    /// The name of a tensor of the unembedding, which stands beside the model that the prefix is of: <c>language_model.lm_head</c> beside
    /// <c>language_model.model</c>.
    /// </summary>
    protected string HeadName(CheckpointParts parts, string module, string part)
    {
        string prefix = FindPrefix(parts) ?? "";
        int outer = prefix.TrimEnd('.').LastIndexOf('.') + 1;
        string beside = $"{prefix[..outer]}{module}.{part}";
        return parts.Tensors.Contains(beside) ? beside : $"{module}.{part}";
    }

    /// <summary>A size, or where the file is a part of another one, the family's own.</summary>
    protected int? TrySize(ModelConfigFile file, string field) => file.TrySize(field) ?? (file.IsPart ? UsualSize(field) : null);

    /// <summary>Whether W_U is the transpose of W_E.</summary>
    protected bool Ties(CheckpointParts parts) => parts.Config?.Flag("tie_word_embeddings") ?? TiedByDefault;

    /// <summary>W_U, [d_model, V]: <c>lm_head</c>, or the embedding where the two are tied.</summary>
    protected TensorView Unembedding(CheckpointParts parts, TransformerConfig config, string embedding, string head) =>
        Ties(parts)
            ? Embedding(parts, config, embedding, head).Transpose()
            : parts.View(head, config.Vocabulary, EmbeddingWidth(parts, config)).Transpose();

    /// <summary>The width of stored embeddings, where <see cref="WeightLayout.Projection"/> makes d_model of it.</summary>
    protected virtual long EmbeddingWidth(CheckpointParts parts, TransformerConfig config) => config.DModel;

    /// <summary>W_E, [V, d_model]: the embedding or, of the two where they are tied and a file has but the other, <c>lm_head</c>.</summary>
    protected TensorView Embedding(CheckpointParts parts, TransformerConfig config, string embedding, string head)
    {
        string own = Full(parts, embedding);
        bool other = !parts.Tensors.Contains(own) && parts.Tensors.Contains(head) && Ties(parts);
        return parts.View(other ? head : own, config.Vocabulary, EmbeddingWidth(parts, config));
    }

    /// <summary>
    /// Sizes from config.json, by the names that the layout has for them, and what it says of norms and attention scores.
    /// </summary>
    /// <exception cref="CheckpointException">One is missing, or the heads do not share the width evenly.</exception>
    protected TransformerConfig Sizes(CheckpointParts parts, string layers, string heads, string width, string? context,
        string normalization, string positions)
    {
        var file = parts.RequireConfig(Name);
        int dModel = Size(width);
        int headCount = Size(heads);
        int? headWidth = HeadWidth(file);
        if (headWidth is null && dModel % headCount != 0)
            throw new CheckpointException(file.Path, heads, $"{width} {dModel} is no multiple of {heads} {headCount}.");
        return new TransformerConfig
        {
            Name = parts.Name,
            Layers = Size(layers),
            Heads = headCount,
            DModel = dModel,
            DHead = headWidth ?? dModel / headCount,
            Vocabulary = file.TrySize("vocab_size") ?? (file.IsPart ? StoredVocabulary(parts) : null) ?? file.Size("vocab_size"),
            Context = context is null ? 0 : TrySize(file, context) ?? 0,
            Normalization = normalization,
            NormEpsilon = s_epsilons.Select(file.Positive).FirstOrDefault(epsilon => epsilon is not null)
                ?? (normalization == "RMS" ? 1e-6 : 1e-5),
            PositionalEmbedding = positions,
            Bidirectional = file.Flag("use_bidirectional_attention") ?? false,
            AttentionScale = AttentionScale(file),
            ScaleByInverseLayer = file.Flag("scale_attn_by_inverse_layer_idx") ?? false,
        };

        int Size(string field) => TrySize(file, field) ?? file.Size(field);
    }

    /// <summary>What scores are divided by; null for sqrt(d_head).</summary>
    private static double? AttentionScale(ModelConfigFile file)
    {
        if (file.Flag("scale_attn_weights") == false)
            return 1;
        return QueryScale(file);
    }

    /// <summary>The root of <c>query_pre_attn_scalar</c>, by which scores are divided where it is there.</summary>
    protected static double? QueryScale(ModelConfigFile file) =>
        file.Positive("query_pre_attn_scalar") is { } square ? Math.Sqrt(square) : null;

    /// <summary>The prefix that this checkpoint has; null where no tensor is of this layout.</summary>
    protected string? FindPrefix(CheckpointParts parts) => Prefixes.FirstOrDefault(prefix => parts.Tensors.Contains(prefix + Mark));
}

/// <summary>Parts of PyTorch's <c>nn.Linear</c> weights, which are stored [out, in] and multiply from the right.</summary>
internal static class LinearWeights
{
    /// <summary>The weights to a range of outputs, [in, count].</summary>
    public static TensorView Outputs(this TensorView weight, long from, long count) => weight.Slice(0, from, count).Transpose();

    /// <summary>The weights from a range of inputs, [count, out].</summary>
    public static TensorView Inputs(this TensorView weight, long from, long count) => weight.Slice(1, from, count).Transpose();
}
