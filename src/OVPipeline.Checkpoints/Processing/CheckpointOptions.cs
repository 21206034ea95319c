using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What a model's files do not say, and what to do to its weights on loading, after TransformerLens' <c>from_pretrained</c>. Each option of
/// processing but <see cref="NormScales"/>, and any set of them, keeps what the model computes: of what is asked for only that is done
/// which does, and <see cref="TransformerWeights.Processing"/> says what, and why the rest not. The default is none: raw weights, as
/// the published figures of attention-only models are. Effective embeddings, which take a forward pass, are OVPipeline.Torch's
/// <c>EffectiveEmbeddings</c>.
/// </summary>
public sealed record CheckpointOptions
{
    private const string Standard = "standard", Shortformer = "shortformer";

    /// <summary>The values of <see cref="Positions"/>.</summary>
    public static IReadOnlyList<string> PositionKinds { get; } = [Standard, Shortformer];

    /// <summary>
    /// How a model in TransformerLens' names adds W_pos: <c>standard</c>, to the embedding, or <c>shortformer</c>, to what W_Q and W_K
    /// read. It goes before what config.json says. Default: null, what config.json or what is known of the model says, else standard, and
    /// <see cref="TransformerWeights.Processing"/> says that nothing did.
    /// </summary>
    /// <exception cref="ArgumentException">It is neither of them.</exception>
    public string? Positions
    {
        get;
        init => field = value is null || PositionKinds.Contains(value) ? value
            : throw new ArgumentException($"Positions are {Standard} or {Shortformer}, were '{value}'.", nameof(value));
    }

    /// <summary>A configuration to use in place of the config.json beside the weights: a file. Default: null, that one.</summary>
    public string? Config { get; init; }

    /// <summary>
    /// Where the tokenizer is: a folder, or a hub id whose tokenizer is fetched. Default: null, beside the weights, or where the
    /// configuration or what is known of the model says.
    /// </summary>
    public string? Tokenizer { get; init; }

    /// <summary>A branch, tag or commit of a hub's model, where the source names none. Default: null, main.</summary>
    public string? Revision { get; init; }

    /// <summary>
    /// Which model of a file that holds several is meant: what comes before its tensors' names there, such as <c>ema</c> or
    /// <c>student.encoder</c>. Default: null, the one that the file has, or the one that is under no name or under one that says no more
    /// than that it is the model (<c>model</c>, <c>state_dict</c>, <c>module</c>).
    /// </summary>
    public string? Weights { get; init; }

    /// <summary>
    /// Heads that the model must have. Loading fails with an <see cref="ArgumentOutOfRangeException"/> that names the first which it has
    /// not; where the configuration of a hub's model says so, before its weights are fetched. Default: none.
    /// </summary>
    public IReadOnlyList<HeadIndex> Heads { get; init; } = [];

    /// <summary>
    /// Multiply normalizations' gains and biases into W_Q, W_K, W_V and W_U and their biases; of a layer norm its centring too. Where
    /// positions are added after the norm (shortformer), or may be, W_Q and W_K keep theirs apart. Default: false.
    /// </summary>
    public bool FoldLayerNorm { get; init; }

    /// <summary>
    /// Remove the mean over d_model from W_E, W_O and b_O, and from W_pos where it is added to W_E, which layer norms remove anyway.
    /// Default: false.
    /// </summary>
    public bool CenterWritingWeights { get; init; }

    /// <summary>
    /// Remove the mean over the vocabulary from W_U and b_U, which probabilities of uncapped logits do not depend on. Default: false.
    /// </summary>
    public bool CenterUnembed { get; init; }

    /// <summary>Add <c>b_V W_O</c> of all heads to b_O and make b_V zero: attention weights sum to one. Default: false.</summary>
    public bool FoldValueBiases { get; init; }

    /// <summary>
    /// Hold the scales of norms fixed in circuits, with the gains and the centring of norms folded into W_V and W_U. Of all options the
    /// only one that gives weights for circuits alone: what the model computes is then in <see cref="TransformerWeights.Model"/>.
    /// W_E is read on loading. Default: none, and log-losses and norms of circuits of models with norms mean nothing.
    /// </summary>
    public NormScaleSource NormScales { get; init; }
}
