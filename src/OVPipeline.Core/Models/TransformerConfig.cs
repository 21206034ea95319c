using System.Globalization;

namespace OVPipeline.Core;

/// <summary>The sizes and the kind of a transformer, in TransformerLens' terms.</summary>
public sealed record TransformerConfig
{
    /// <summary>The <see cref="Normalization"/> of a model of which nothing says what it is.</summary>
    public const string UnknownNormalization = "unknown";

    private readonly int _dValue, _outputVocabulary;
    private readonly (bool Set, string? Kind) _finalNormalization;

    /// <summary>What the model is called, for tables and files.</summary>
    public required string Name { get; init; }

    /// <summary>Number of layers (n_layers).</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads in a layer (n_heads).</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the residual stream (d_model).</summary>
    public required int DModel { get; init; }

    /// <summary>Width of a head (d_head), of its queries and keys.</summary>
    public required int DHead { get; init; }

    /// <summary>
    /// Width of a head's values: the highest rank its OV circuit can have. It is d_head unless it is set, which only models trained to
    /// study that rank need.
    /// </summary>
    public int DValue { get => _dValue == 0 ? DHead : _dValue; init => _dValue = value; }

    /// <summary>Tokens in the vocabulary (d_vocab), the rows of W_E.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>
    /// Outputs that logits are of (d_vocab_out), the columns of W_U. They are the tokens themselves unless it is set to another number:
    /// a classifier's outputs are its classes.
    /// </summary>
    public int OutputVocabulary { get => _outputVocabulary == 0 ? Vocabulary : _outputVocabulary; init => _outputVocabulary = value; }

    /// <summary>
    /// Why copying is not defined in this model, a sentence: its outputs are not its tokens, so that no token has a logit of its own.
    /// Null where they are.
    /// </summary>
    public string? NoCopying => OutputVocabulary == Vocabulary ? null : string.Create(CultureInfo.InvariantCulture,
        $"{Name} has {Vocabulary:N0} tokens and {OutputVocabulary:N0} outputs, which are not these tokens: copying is not defined.");

    /// <summary>Longest context (n_ctx), or 0 where the checkpoint does not say.</summary>
    public int Context { get; init; }

    /// <summary>Whether the model has no MLPs.</summary>
    public bool AttentionOnly { get; init; }

    /// <summary>
    /// Kind of normalization: <c>LN</c> or <c>RMS</c>, with gains; <c>LNPre</c> or <c>RMSPre</c>, whose gains were folded into the weights
    /// that read through it; null for none; <see cref="UnknownNormalization"/> where the checkpoint does not say.
    /// </summary>
    public string? Normalization { get; init; }

    /// <summary>
    /// The kind that stands before the unembedding, as in <see cref="Normalization"/>, which it is unless it is set (final_rms).
    /// </summary>
    public string? FinalNormalization
    {
        get => _finalNormalization.Set ? _finalNormalization.Kind : Normalization;
        init => _finalNormalization = (true, value);
    }

    /// <summary>
    /// What the normalization adds to the variance (LN) or the mean square (RMS) before it takes the root: its eps. Default: 1e-5.
    /// </summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>
    /// A norm that stands elsewhere than before attention and unembedding (after the embedding, after attention) and is in no weight, in
    /// words; null
    /// for none.
    /// </summary>
    public string? OtherNorm { get; init; }

    /// <summary>
    /// Whether the residual stream itself passes a norm after attention and after the MLP (BERT), in place of one before each. Default:
    /// false.
    /// </summary>
    public bool PostNorm { get; init; }

    /// <summary>
    /// Kind of positions: <c>standard</c> (W_pos is added to the embedding), <c>shortformer</c> (W_pos is added to what W_Q and W_K read,
    /// after any norm), <c>rotary</c>, <c>alibi</c>; <c>unknown</c> where the checkpoint does not say.
    /// </summary>
    public string PositionalEmbedding { get; init; } = "standard";

    /// <summary>Whether a position attends to those after it too (attention_dir). Default: false, causal.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>
    /// What attention scores are divided by (attn_scale; 1 where use_attn_scale is false). Null, the default, for sqrt(d_head).
    /// </summary>
    public double? AttentionScale { get; init; }

    /// <summary>Whether scores are divided by the layer's number from 1 too (scale_attn_by_inverse_layer_idx). Default: false.</summary>
    public bool ScaleByInverseLayer { get; init; }

    /// <summary>
    /// The configuration's fields that change what the model computes and that no forward pass here follows, with their values; null, the
    /// default, where there is none. Weights are right without them.
    /// </summary>
    public string? NotRun { get; init; }

    /// <summary>
    /// Those of them that put logits at another scale than <c>W_E W_V W_O W_U</c> has: caps, factors, norms after the embedding or after
    /// attention; null, the default, where there is none.
    /// </summary>
    public string? NotInLogits { get; init; }

    /// <summary>
    /// What a forward pass of the model has to do beside attention: kinds, for engines to say whether they can. None by default.
    /// </summary>
    public ForwardNeeds ForwardNeeds { get; init; } = ForwardNeeds.None;

    /// <summary>
    /// What a forward pass needs to know beside the rest: MLPs, rotary positions, windows, caps. Null where the checkpoint's layout does
    /// not tell it.
    /// </summary>
    public ForwardConfig? Forward { get; init; }

    /// <summary>What a layer's attention scores are divided by before the softmax.</summary>
    public double AttentionScaleOf(int layer) => (AttentionScale ?? Math.Sqrt(DHead)) * (ScaleByInverseLayer ? layer + 1 : 1);

    /// <summary>Every head of the model, by layer.</summary>
    public IEnumerable<HeadIndex> AllHeads => Enumerable.Range(0, Layers).SelectMany(HeadsOf);

    /// <summary>The heads of one layer.</summary>
    public IEnumerable<HeadIndex> HeadsOf(int layer) => Enumerable.Range(0, Heads).Select(head => new HeadIndex(layer, head));

    /// <summary>
    /// The rank that gives a copier of this model the capacity 2 d_model r / V of another one: a small replica is only comparable where
    /// it matches. The default is one head of the course's model, d_model 768, rank 64, V 50,278. At least 1, at most d_model.
    /// </summary>
    public int CapacityMatchedRank(int dModel = 768, int rank = 64, int vocabulary = 50_278) =>
        (int)Math.Clamp(Math.Round((double)dModel * rank / vocabulary * Vocabulary / DModel), 1, DModel);

    /// <summary>The shape of a weight of this model, as <see cref="WeightKind"/> documents it.</summary>
    public (int Rows, int Columns) ShapeOf(WeightKind kind) => kind switch
    {
        WeightKind.W_E => (Vocabulary, DModel),
        WeightKind.W_pos => (Context, DModel),
        WeightKind.W_U => (DModel, OutputVocabulary),
        WeightKind.b_U => (1, OutputVocabulary),
        WeightKind.W_Q or WeightKind.W_K => (DModel, DHead),
        WeightKind.W_V => (DModel, DValue),
        WeightKind.W_O => (DValue, DModel),
        WeightKind.b_Q or WeightKind.b_K => (1, DHead),
        WeightKind.b_V => (1, DValue),
        WeightKind.b_O or WeightKind.b_out or WeightKind.b_E or WeightKind.b_head => (1, DModel),
        WeightKind.ln1_w or WeightKind.ln1_b or WeightKind.ln2_w or WeightKind.ln2_b => (1, DModel),
        WeightKind.ln1_post_w or WeightKind.ln1_post_b or WeightKind.ln2_post_w or WeightKind.ln2_post_b => (1, DModel),
        WeightKind.ln_final_w or WeightKind.ln_final_b or WeightKind.ln_embed_w or WeightKind.ln_embed_b => (1, DModel),
        WeightKind.q_norm_w or WeightKind.q_norm_b or WeightKind.k_norm_w or WeightKind.k_norm_b => (1, DHead),
        WeightKind.W_in or WeightKind.W_gate => (DModel, MlpWidth),
        WeightKind.W_out => (MlpWidth, DModel),
        WeightKind.b_in or WeightKind.b_gate or WeightKind.ln_mlp_w or WeightKind.ln_mlp_b => (1, MlpWidth),
        WeightKind.W_head => (DModel, DModel),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is no kind of weight."),
    };

    private int MlpWidth => Forward?.Mlp?.Width ?? 0;

    /// <exception cref="InvalidOperationException">There are no norms of a known kind.</exception>
    internal void RequireNorms()
    {
        if (!Centers(Normalization) && Normalization is not ("RMS" or "RMSPre"))
            throw new InvalidOperationException(
                $"{Name}: the scales of norms are those of LN or RMS; its normalization is {Normalization ?? "none"}.");
        if (Centers(FinalNormalization) != Centers(Normalization) || FinalNormalization is null)
            throw new InvalidOperationException($"{Name}: norms of two kinds are not covered, {Normalization} before attention and "
                + $"{FinalNormalization ?? "none"} before the unembedding.");
    }

    /// <summary>Whether a kind of normalization removes the mean over d_model.</summary>
    internal static bool Centers(string? normalization) => normalization is "LN" or "LNPre";

    /// <summary>Throws where copying is not defined in the model.</summary>
    /// <exception cref="InvalidOperationException">Says why (<see cref="NoCopying"/>).</exception>
    public void RequireCopying()
    {
        if (NoCopying is { } reason)
            throw new InvalidOperationException(reason);
    }

    /// <summary>Throws where the model has no such head.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the head and what the model has.</exception>
    public void RequireHead(HeadIndex head)
    {
        if ((uint)head.Layer >= (uint)Layers || (uint)head.Head >= (uint)Heads)
        {
            string heads = $"{Name} has {Layers} layers of {Heads} heads, 0.0 to {Layers - 1}.{Heads - 1}";
            throw new ArgumentOutOfRangeException(nameof(head), $"Head {head} does not exist: {heads}.");
        }
    }
}
