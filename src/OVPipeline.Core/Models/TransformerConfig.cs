namespace OVPipeline.Core;

/// <summary>The sizes and the kind of a transformer, in TransformerLens' terms.</summary>
public sealed record TransformerConfig
{
    private readonly int _dValue;

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

    /// <summary>Longest context (n_ctx), or 0 where the checkpoint does not say.</summary>
    public int Context { get; init; }

    /// <summary>Whether the model has no MLPs.</summary>
    public bool AttentionOnly { get; init; }

    /// <summary>Kind of normalization: <c>LN</c>, <c>RMS</c>, or null for none.</summary>
    public string? Normalization { get; init; }

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
    /// Kind of positions: <c>standard</c>, <c>shortformer</c>, <c>rotary</c>, <c>alibi</c>; <c>unknown</c> where the checkpoint does not
    /// say.
    /// </summary>
    public string PositionalEmbedding { get; init; } = "standard";

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
        WeightKind.W_U => (DModel, Vocabulary),
        WeightKind.b_U => (1, Vocabulary),
        WeightKind.W_Q or WeightKind.W_K => (DModel, DHead),
        WeightKind.W_V => (DModel, DValue),
        WeightKind.W_O => (DValue, DModel),
        WeightKind.b_Q or WeightKind.b_K => (1, DHead),
        WeightKind.b_V => (1, DValue),
        WeightKind.b_O or WeightKind.ln1_w or WeightKind.ln1_b or WeightKind.ln_final_w or WeightKind.ln_final_b => (1, DModel),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is no kind of weight."),
    };

    /// <exception cref="InvalidOperationException">There are no norms of a known kind.</exception>
    internal void RequireNorms()
    {
        if (Normalization is not ("LN" or "RMS"))
            throw new InvalidOperationException(
                $"{Name}: the scales of norms are those of LN or RMS; its normalization is {Normalization ?? "none"}.");
    }

    /// <summary>Throws where the model has no such head.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the head and what the model has.</exception>
    public void RequireHead(HeadIndex head)
    {
        if ((uint)head.Layer >= (uint)Layers || (uint)head.Head >= (uint)Heads)
            throw new ArgumentOutOfRangeException(nameof(head), $"Head {head} does not exist: {Name} has {Layers} layers of {Heads} heads, 0.0 to {Layers - 1}.{Heads - 1}.");
    }
}
