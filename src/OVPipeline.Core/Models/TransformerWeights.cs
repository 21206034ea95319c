namespace OVPipeline.Core;

/// <summary>
/// The weights of a transformer. W_E and W_U are read on first use and kept; a head's weights are read when asked for, so that opening
/// a large checkpoint costs what is used of it. Thread-safe.
/// </summary>
public sealed class TransformerWeights
{
    private readonly IWeightSource _source;
    private readonly Lazy<Matrix> _embedding, _unembedding;

    /// <summary>Weights of a configuration, from a source.</summary>
    public TransformerWeights(TransformerConfig config, IWeightSource source)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(source);
        (Config, _source) = (config, source);
        _embedding = new(() => Read(WeightKind.W_E, default, config.Vocabulary, config.DModel));
        _unembedding = new(() => Read(WeightKind.W_U, default, config.DModel, config.Vocabulary));
    }

    /// <summary>Sizes and kind.</summary>
    public TransformerConfig Config { get; }

    /// <summary>Token embedding, [V, d_model].</summary>
    public Matrix W_E => _embedding.Value;

    /// <summary>Unembedding, [d_model, V].</summary>
    public Matrix W_U => _unembedding.Value;

    /// <summary>Whether the model has a weight of this kind.</summary>
    public bool Has(WeightKind kind) => _source.Has(kind);

    /// <summary>A head's value weights, [d_model, d_head].</summary>
    public Matrix W_V(HeadIndex head) => OfHead(WeightKind.W_V, head, Config.DModel, Config.DHead);

    /// <summary>A head's output weights, [d_head, d_model].</summary>
    public Matrix W_O(HeadIndex head) => OfHead(WeightKind.W_O, head, Config.DHead, Config.DModel);

    /// <summary>A head's query weights, [d_model, d_head].</summary>
    public Matrix W_Q(HeadIndex head) => OfHead(WeightKind.W_Q, head, Config.DModel, Config.DHead);

    /// <summary>A head's key weights, [d_model, d_head].</summary>
    public Matrix W_K(HeadIndex head) => OfHead(WeightKind.W_K, head, Config.DModel, Config.DHead);

    /// <summary>
    /// A head's OV circuit in the residual stream, <c>W_V W_O</c>, [d_model, d_model] of rank at most d_head (Elhage et al. 2021).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    public FactoredMatrix OVCircuit(HeadIndex head) => new(W_V(head), W_O(head));

    private Matrix OfHead(WeightKind kind, HeadIndex head, int rows, int columns)
    {
        Config.RequireHead(head);
        return Read(kind, head, rows, columns);
    }

    private Matrix Read(WeightKind kind, HeadIndex head, int rows, int columns)
    {
        var weight = _source.Read(kind, head);
        return weight.Rows == rows && weight.Columns == columns
            ? weight
            : throw new InvalidOperationException($"{Config.Name}: {kind} has shape {weight}, its configuration says [{rows}, {columns}].");
    }
}
