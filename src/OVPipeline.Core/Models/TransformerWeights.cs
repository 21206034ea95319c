namespace OVPipeline.Core;

/// <summary>
/// The weights of a transformer. W_E and W_U are read on first use and kept; a head's weights are read when asked for, so that opening a
/// large checkpoint costs what is used of it. Thread-safe.
/// </summary>
public sealed class TransformerWeights
{
    private const int LargestWhole = 1 << 26, BlockValues = 1 << 20;
    private readonly IWeightSource _source;
    private readonly TransformerWeights? _model, _embeds;
    private readonly Lazy<Matrix> _embedding, _unembedding;

    /// <summary>Weights of a configuration, from a source.</summary>
    /// <param name="config">Sizes and kind.</param>
    /// <param name="source">Where the weights come from.</param>
    /// <param name="processing">What <see cref="Processing"/> says; nothing for raw weights.</param>
    public TransformerWeights(TransformerConfig config, IWeightSource source, IReadOnlyList<string>? processing = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(source);
        Config = config;
        _source = source;
        Processing = processing ?? [];
        _embedding = new(() => Read(WeightKind.W_E, default, config.Vocabulary, config.DModel));
        _unembedding = new(() => Read(WeightKind.W_U, default, config.DModel, config.OutputVocabulary));
    }

    private TransformerWeights(
        TransformerWeights of, IWeightSource source, IReadOnlyList<string> processing, NormScales? scales = null, int layer = 0)
        : this(of.Config, source, processing)
    {
        _model = of.Model;
        _embeds = source is FoldedNorms ? of.Embeds : this;
        NormScales = scales;
        ReadingLayer = layer;
    }

    /// <summary>Sizes and kind.</summary>
    public TransformerConfig Config { get; }

    /// <summary>The file that the weights lie in; null where they lie in none.</summary>
    public string? File => _source.File;

    /// <summary>
    /// What was done to the weights as stored, and what of the model they leave out, a clause each. Empty where they are the stored ones
    /// and all there is.
    /// </summary>
    public IReadOnlyList<string> Processing { get; }

    /// <summary>
    /// The weights that the model is run with: these themselves, but where norms are folded into them for circuits alone (<see
    /// cref="FoldNorms"/>, <see cref="WithNormScales"/>) or W_E is another (<see cref="WithEmbedding"/>).
    /// </summary>
    public TransformerWeights Model => _model ?? this;

    /// <summary>Whether circuits read another embedding than the model's own (<see cref="WithEmbedding"/>).</summary>
    public bool HasOtherEmbedding => !ReferenceEquals(Embeds, Model);

    /// <summary>The weights whose W_E circuits read, before any norm is folded in.</summary>
    internal TransformerWeights Embeds => _embeds ?? this;

    /// <summary>The scales at which the model's norms are held; null where they are not.</summary>
    public NormScales? NormScales { get; }

    /// <summary>
    /// The layer through whose norm <see cref="W_E"/> is read where <see cref="NormScales"/> are held: <see cref="ReadBy"/> changes it.
    /// Circuits of heads are read through their own layers' norms whatever it is.
    /// </summary>
    public int ReadingLayer { get; }

    /// <summary>
    /// Whether logits <c>W_E W_V W_O W_U</c> are at the scale at which the model itself makes them: as far as is known no norm, cap or
    /// factor stands between these weights that is not in them, or norms' scales are held (<see cref="WithNormScales"/>). Where one does,
    /// ranks and accuracies stay as they are; log-losses and norms of circuits mean nothing.
    /// </summary>
    public bool LogitsAtModelScale =>
        Config.NotInLogits is null && (NormScales is not null || (Config.Normalization is null && Config.FinalNormalization is null));

    /// <summary>
    /// Token embedding, [V, d_model]. Where <see cref="NormScales"/> are held, as the heads of <see cref="ReadingLayer"/> read it and the
    /// unembedding what they write: row i times <c>Attention[layer][i] Output[i]</c>. What is fitted through it is so compared with heads
    /// of that layer.
    /// </summary>
    public Matrix W_E => _embedding.Value;

    /// <summary>Unembedding, [d_model, V_out].</summary>
    public Matrix W_U => _unembedding.Value;

    /// <summary>Whether the model has a weight of this kind.</summary>
    public bool Has(WeightKind kind) => _source.Has(kind);

    /// <summary>
    /// Whether what a weight (W_Q, W_K, W_V, W_U) reads passes a normalization's gain and bias that are not in it. Where positions enter
    /// after the norm, folding leaves W_Q and W_K so, and W_V and W_U not.
    /// </summary>
    public bool ReadsGains(WeightKind reader) => _source.ReadsGains(reader);

    /// <summary>Any weight the source has, in the shape that <see cref="WeightKind"/> documents. Not kept.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    public Matrix Read(WeightKind kind, HeadIndex head = default)
    {
        Config.RequireHead(head);
        var (rows, columns) = Config.ShapeOf(kind);
        return Read(kind, head, rows, columns);
    }

    /// <summary>
    /// A range of tokens: rows of W_E, [count, d_model]; or of outputs: columns of W_U, [d_model, count], or of b_U, [1, count]. Not kept.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not in the vocabulary that the weight is of.</exception>
    public Matrix ReadTokens(WeightKind kind, int first, int count) => ReadTokens(kind, first, count, null);

    private Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var (rows, columns) = Config.ShapeOf(kind);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, (kind == WeightKind.W_E ? rows : columns) - count);
        var tokens = _source.ReadTokens(kind, first, count, buffer);
        return kind == WeightKind.W_E ? Scaled(Require(kind, tokens, count, columns), first) : Require(kind, tokens, rows, count);
    }

    /// <summary>A head's value weights, [d_model, d_value].</summary>
    public Matrix W_V(HeadIndex head) => OfHead(WeightKind.W_V, head, Config.DModel, Config.DValue);

    /// <summary>A head's output weights, [d_value, d_model].</summary>
    public Matrix W_O(HeadIndex head) => OfHead(WeightKind.W_O, head, Config.DValue, Config.DModel);

    /// <summary>A head's query weights, [d_model, d_head].</summary>
    public Matrix W_Q(HeadIndex head) => OfHead(WeightKind.W_Q, head, Config.DModel, Config.DHead);

    /// <summary>A head's key weights, [d_model, d_head].</summary>
    public Matrix W_K(HeadIndex head) => OfHead(WeightKind.W_K, head, Config.DModel, Config.DHead);

    /// <summary>
    /// A head's OV circuit in the residual stream, <c>W_V W_O</c>, [d_model, d_model] of rank at most d_value (Elhage et al. 2021).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    public FactoredMatrix OVCircuit(HeadIndex head) => new(W_V(head), W_O(head));

    /// <summary>
    /// A head's QK circuit in the residual stream, <c>W_Q W_K'</c>, [d_model, d_model] of rank at most d_head: rows are queries, columns
    /// keys (Elhage et al. 2021). Without biases; of grouped queries, W_K is the group's.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    /// <exception cref="InvalidOperationException">The model has no W_Q or no W_K.</exception>
    public FactoredMatrix QKCircuit(HeadIndex head) => HasQK
        ? new(W_Q(head), W_K(head).Transpose())
        : throw new InvalidOperationException($"{Config.Name} has no W_Q and W_K: there are no QK circuits in it.");

    /// <summary>Whether the model has the W_Q and W_K that QK circuits are made of.</summary>
    public bool HasQK => Has(WeightKind.W_Q) && Has(WeightKind.W_K);

    /// <summary>
    /// <c>W_E map</c>, [V, n] for a map [d_model, n]. A large W_E is read a block of tokens at a time and never held, unless <see
    /// cref="W_E"/> holds it already.
    /// </summary>
    /// <exception cref="ArgumentException">The map's height is not d_model.</exception>
    public Matrix Embed(Matrix map, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (_source is FoldedNorms folded)
            return Scaled(Embeds.Embed(folded.Reading(map), cancellationToken), 0);
        if (IsSmall(Config.Vocabulary) || _embedding.IsValueCreated)
            return MatrixProduct.Multiply(W_E, map, cancellationToken);
        var product = new Matrix(Config.Vocabulary, map.Columns);
        float[]? buffer = null;
        foreach (var (first, count) in Blocks(Config.Vocabulary))
        {
            var tokens = ReadTokens(WeightKind.W_E, first, count, buffer);
            buffer = tokens.Data;
            var block = MatrixProduct.Multiply(tokens, map, cancellationToken);
            block.Values.CopyTo(product.Data.AsSpan(first * map.Columns));
        }
        return product;
    }

    /// <summary><c>map W_U</c>, [n, V_out] for a map [n, d_model]; a large W_U is read as <see cref="Embed"/> reads W_E.</summary>
    /// <exception cref="ArgumentException">The map's width is not d_model.</exception>
    public Matrix Unembed(Matrix map, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        int outputs = Config.OutputVocabulary;
        if (IsSmall(outputs) || _unembedding.IsValueCreated)
            return MatrixProduct.Multiply(map, W_U, cancellationToken);
        var product = new Matrix(map.Rows, outputs);
        float[]? buffer = null;
        foreach (var (first, count) in Blocks(outputs))
        {
            var columns = ReadTokens(WeightKind.W_U, first, count, buffer);
            buffer = columns.Data;
            var block = MatrixProduct.Multiply(map, columns, cancellationToken);
            for (int row = 0; row < map.Rows; row++)
                block.Row(row).CopyTo(product.Data.AsSpan(row * outputs + first));
        }
        return product;
    }

    /// <summary>
    /// These weights for circuits, with other rows in the place of W_E: what heads of later layers read where a token stands, such as its
    /// effective embedding after the first MLP. Norms that were folded or held are not: they come after. There is no forward pass of them;
    /// <see cref="Model"/> has it.
    /// </summary>
    /// <param name="embedding">A row for each token, [V, d_model].</param>
    /// <param name="what">What it is, after "W_E is": kept in <see cref="Processing"/>, and so with circuits.</param>
    /// <exception cref="ArgumentException">It is of other sizes, or not finite.</exception>
    public TransformerWeights WithEmbedding(Matrix embedding, string what)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        ArgumentException.ThrowIfNullOrEmpty(what);
        if (embedding.Rows != Config.Vocabulary || embedding.Columns != Config.DModel)
            throw new ArgumentException($"{Config.Name} needs an embedding of [{Config.Vocabulary}, {Config.DModel}], was {embedding}.",
                nameof(embedding));
        if (embedding.FirstNonFiniteRow() is >= 0 and int token)
            throw new ArgumentException($"The embedding of token {token} is not finite.", nameof(embedding));
        return new(Model, new EmbeddingInPlace(Model._source, embedding), [.. Model.Processing, $"W_E is {what}"]);
    }

    /// <summary>
    /// These weights for circuits: with the gains of the norms before attention and unembedding in W_V and W_U, and of a layer norm its
    /// centring, which W_E has too. What heads then read is a norm's output before its gain. W_Q and W_K stay as they are; biases of
    /// norms, which are constants, are left out. There is no forward pass of them. Weights without norms are returned as they are.
    /// </summary>
    /// <exception cref="InvalidOperationException">The model's normalization is not known.</exception>
    public TransformerWeights FoldNorms()
    {
        if (Config.Normalization is null)
            return this;
        Config.RequireNorms();
        return new(this, new FoldedNorms(Embeds._source, Config), [.. Embeds.Processing, FoldedNote]);
    }

    /// <summary>
    /// These weights for circuits, their norms folded (<see cref="FoldNorms"/>) and held at fixed scales: circuits of heads and the direct
    /// path are then at the model's scale. There is no forward pass of them; <see cref="Model"/> has it.
    /// </summary>
    /// <param name="scales">The scales, of this model's layers and vocabulary.</param>
    /// <exception cref="ArgumentException">They are of another model.</exception>
    /// <exception cref="InvalidOperationException">The model has no norms, norms of no known kind, or another norm that is in no
    /// weight.</exception>
    public TransformerWeights WithNormScales(NormScales scales)
    {
        ArgumentNullException.ThrowIfNull(scales);
        Config.RequireNorms();
        if (Config.OtherNorm is { } other)
            throw new InvalidOperationException($"{Config.Name}: the norms' scales cannot be held, {other} is in no weight.");
        if (scales.Attention.Count != Config.Layers || scales.Vocabulary != Config.Vocabulary)
            throw new ArgumentException($"{Config.Name} has {Config.Layers} layers and {Config.Vocabulary} tokens, the scales are of "
                + $"{scales.Attention.Count} layers and {scales.Vocabulary} tokens.", nameof(scales));
        return Held(scales, Config.Layers - 1);
    }

    /// <summary>
    /// The same weights with W_E as the heads of another layer read it (<see cref="ReadingLayer"/>; the last one until this is called).
    /// Without <see cref="NormScales"/> there is nothing to change.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such layer.</exception>
    public TransformerWeights ReadBy(int layer)
    {
        Config.RequireHead(new(layer, 0));
        return NormScales is null || layer == ReadingLayer ? this : Held(NormScales, layer);
    }

    /// <summary>
    /// Multiplies columns of a circuit's H, [V, r], by the scales of a layer's heads, and where a head of a later layer reads what they
    /// write, by that of its norm.
    /// </summary>
    internal void ScaleColumns(Matrix h, int layer, int first, int count, int? readBy = null)
    {
        for (int token = 0; NormScales is not null && token < h.Rows; token++)
        {
            float read = readBy is { } later ? NormScales.Attention[later][token] : 1;
            Multiply(h.Data.AsSpan((token * h.Columns) + first, count), NormScales.OfHead(layer, token) * read);
        }
    }

    private TransformerWeights Held(NormScales scales, int layer)
    {
        bool differ = scales.Attention.Any(own => own != scales.Attention[0]);
        string reading = differ ? $"; W_E is read through the norm of layer {layer}" : "";
        string[] notes = [.. Embeds.Processing, FoldedNote, $"norm scales are {scales.Source}{reading}"];
        return new(this, new FoldedNorms(Embeds._source, Config), notes, scales, layer);
    }

    private string FoldedNote => TransformerConfig.Centers(Config.Normalization)
        ? "gains and centring of layer norms are folded into W_V and W_U"
        : "gains of RMS norms are folded into W_V and W_U";

    // Rows of tokens, or of a product with them, as the reading layer's heads read them. The matrix may be the source's own: it is copied.
    private Matrix Scaled(Matrix rows, int firstToken)
    {
        if (NormScales is null)
            return rows;
        float[] values = [.. rows.Values];
        for (int row = 0; row < rows.Rows; row++)
            Multiply(values.AsSpan(row * rows.Columns, rows.Columns), NormScales.OfHead(ReadingLayer, firstToken + row));
        return new(rows.Rows, rows.Columns, values);
    }

    private static void Multiply(Span<float> values, float factor)
    {
        foreach (ref float value in values)
            value *= factor;
    }

    private bool IsSmall(int vocabulary) => (long)vocabulary * Config.DModel <= LargestWhole;

    private IEnumerable<(int First, int Count)> Blocks(int vocabulary)
    {
        int block = Math.Max(1, BlockValues / Config.DModel);
        for (int first = 0; first < vocabulary; first += block)
            yield return (first, Math.Min(block, vocabulary - first));
    }

    private Matrix OfHead(WeightKind kind, HeadIndex head, int rows, int columns)
    {
        Config.RequireHead(head);
        return Read(kind, head, rows, columns);
    }

    private Matrix Read(WeightKind kind, HeadIndex head, int rows, int columns)
    {
        var weight = Require(kind, _source.Read(kind, head), rows, columns);
        return kind == WeightKind.W_E ? Scaled(weight, 0) : weight;
    }

    private Matrix Require(WeightKind kind, Matrix weight, int rows, int columns) => weight.Rows == rows && weight.Columns == columns
        ? weight
        : throw new InvalidOperationException($"{Config.Name}: {kind} has shape {weight}, its configuration says [{rows}, {columns}].");
}
