using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// One layer's attention over the module's parameters. Shapes: B sequences, T positions, H heads; heads that share keys and values have
/// them each. Tensors belong to the caller's dispose scope.
/// </summary>
internal sealed class AttentionLayer
{
    private readonly ModelShape _shape;
    private readonly TransformerConfig _config;
    private readonly int _layer;
    private readonly Func<string, Tensor> _weight;
    private readonly int _queries, _values;
    private readonly double _queryFactor;
    private readonly bool _together;
    private readonly Norm? _norm, _queryNorm, _keyNorm;
    private readonly RotaryPositions? _rotary;
    private readonly AttentionWeights _attention;

    public AttentionLayer(ModelShape shape, int layer, Func<string, Tensor> weight)
    {
        _shape = shape;
        _config = shape.Config;
        _layer = layer;
        _weight = weight;
        _queries = _config.Heads * _config.DHead;
        _values = _config.Heads * _config.DValue;
        _queryFactor = QueryFactor(_config, layer);
        // What is trained: weights are contiguous by head, and one product of their columns side by side is the fastest.
        _together = _config.AttentionOnly && shape is { Group: 1, FoldedValueGains: false };
        var norms = new ModelNorms(shape, weight);
        _norm = norms.BeforeAttention(layer);
        _queryNorm = norms.OfProjections(WeightKind.q_norm_w, layer);
        _keyNorm = norms.OfProjections(WeightKind.k_norm_w, layer);
        _rotary = RotaryPositions.Of(shape, layer);
        _attention = new(shape, layer);
    }

    /// <summary>The norm before it, or null.</summary>
    public Norm? Norm => _norm;

    /// <summary>
    /// What V reads of a residual stream [B, T, d_model], and Q and K but for gains of their own: itself, or its norm.
    /// </summary>
    public Tensor Input(Tensor residual) => _norm is null ? residual : _norm.Apply(residual);

    /// <summary>
    /// Queries and keys [B, H, T, d_head] and values [B, H, T, d_value] of normalized inputs [B, T, d_model]; without
    /// <see cref="Expand"/>, keys and values [B, heads of keys and values, T, ...].
    /// </summary>
    /// <param name="input">What <see cref="Input"/> gave.</param>
    /// <param name="positions">Rows of W_pos [T, d_model] that Q and K read beside the input, or null.</param>
    /// <param name="first">The first input's position.</param>
    public (Tensor Q, Tensor K, Tensor V) Project(Tensor input, Tensor? positions, long first = 0)
    {
        var (queries, keys, values) = _together ? ProjectTogether(input, positions) : ProjectApart(input, positions);
        if (_shape.Forward.ProjectionLimit is { } limit)
            (queries, keys, values) = (Clip(queries, limit), Clip(keys, limit), Clip(values, limit));
        if (!_shape.Forward.TurnsBeforeNorm)
            (queries, keys) = (Normalized(queries, _queryNorm), Normalized(keys, _keyNorm));
        (queries, keys) = (queries.transpose(1, 2), keys.transpose(1, 2));
        if (_rotary is not null)
        {
            var table = _rotary.Table(first, input.shape[1], queries);
            queries = _rotary.Turn(queries, table);
            keys = _rotary.Turn(keys, table);
        }
        if (_shape.Forward.TurnsBeforeNorm)
        {
            queries = Normalized(queries.transpose(1, 2), _queryNorm).transpose(1, 2);
            keys = Normalized(keys.transpose(1, 2), _keyNorm).transpose(1, 2);
        }
        if (_queryFactor != 1)
            queries = queries.Times(_queryFactor);
        return (queries, keys, values.transpose(1, 2));
    }

    /// <summary>Keys or values of the heads that have some, as each head has them: [B, H, T, d].</summary>
    public Tensor Expand(Tensor shared)
    {
        if (_shape.Group == 1)
            return shared;
        long[] of = shared.shape;
        return shared.unsqueeze(2).expand(of[0], of[1], _shape.Group, of[2], of[3]).reshape(of[0], _config.Heads, of[2], of[3]);
    }

    /// <summary>Weighted values, [B, H, T, d_value]; the patterns are not formed.</summary>
    /// <param name="queries">The last T positions' queries, of all heads or of some that follow each other.</param>
    /// <param name="keys">Keys of all positions, of as many heads.</param>
    /// <param name="values">Values of all positions, of as many heads.</param>
    /// <param name="firstHead">The first of these heads.</param>
    /// <param name="hidden">Keys that nothing attends to, [B, 1, 1, S], or null.</param>
    public Tensor Attend(Tensor queries, Tensor keys, Tensor values, int firstHead = 0, Tensor? hidden = null) =>
        _attention.Attend(queries, keys, values, firstHead, hidden);

    /// <summary>Attention patterns [B, H, T, T]: a row is a query's weights over keys, and sums to 1.</summary>
    public Tensor Patterns(Tensor queries, Tensor keys, int firstHead = 0) => _attention.Of(queries, keys, firstHead);

    /// <summary>What the heads write together, [B, T, d_model], of weighted values [B, H, T, d_value].</summary>
    public Tensor Output(Tensor weighted)
    {
        long batch = weighted.shape[0];
        long length = weighted.shape[2];
        var rows = weighted.transpose(1, 2).reshape(batch * length, _values); // a row is a position's values, head after head
        var weights = Attn("W_O").view(_values, _config.DModel);
        var written = _shape.Has(WeightKind.b_O) ? addmm(Attn("b_O"), rows, weights, 1, 1) : rows.matmul(weights);
        return written.view(batch, length, _config.DModel);
    }

    /// <summary>What one head writes, [B, T, d_model], of its weighted values [B, T, d_value]; without b_O, which is the layer's.</summary>
    public Tensor OutputOf(int head, Tensor weighted) => weighted.matmul(Attn("W_O").select(0, head));

    /// <summary>The constant that a head's value bias writes, [d_model], or null without biases.</summary>
    public Tensor? ValueConstant(int head) => _shape.Has(WeightKind.b_V)
        ? Weight(WeightKind.b_V).select(0, head / _shape.Group).matmul(Attn("W_O").select(0, head))
        : null;

    // Queries, keys and values, [B, T, H, d] each, of one product.
    private (Tensor Q, Tensor K, Tensor V) ProjectTogether(Tensor input, Tensor? positions)
    {
        long batch = input.shape[0];
        long length = input.shape[1];
        var rows = input.reshape(batch * length, _config.DModel);
        var weights = cat([Columns(WeightKind.W_Q), Columns(WeightKind.W_K), Columns(WeightKind.W_V)], 1);
        var all = _shape.Has(WeightKind.b_Q)
            ? addmm(cat([Attn("b_Q").flatten(), Attn("b_K").flatten(), Attn("b_V").flatten()]), rows, weights, 1, 1)
            : rows.matmul(weights);
        var both = all.narrow(1, 0, 2 * _queries).view(batch, length, 2 * _queries);
        if (positions is not null)
            both = both.Plus(positions.matmul(weights.narrow(1, 0, 2 * _queries)));
        both = both.view(batch, length, 2, _config.Heads, _config.DHead); // queries, then keys
        var values = all.narrow(1, 2 * _queries, _values).view(batch, length, _config.Heads, _config.DValue);
        return (both.select(2, 0), both.select(2, 1), values);
    }

    // The same of a product each. Where the norm's gain and bias are in W_V, queries and keys pass them first.
    private (Tensor Q, Tensor K, Tensor V) ProjectApart(Tensor input, Tensor? positions)
    {
        var attending = input;
        if (_shape.FoldedValueGains)
            attending = (input * _weight(WeightNames.Of(WeightKind.ln1_w, _layer))).Plus(_weight(WeightNames.Of(WeightKind.ln1_b, _layer)));
        if (positions is not null)
            attending = attending.Plus(positions);
        return (
            Product(attending, WeightKind.W_Q, WeightKind.b_Q),
            Product(attending, WeightKind.W_K, WeightKind.b_K),
            Product(input, WeightKind.W_V, WeightKind.b_V));
    }

    // [B, T, heads, width]
    private Tensor Product(Tensor input, WeightKind matrix, WeightKind bias)
    {
        long[] of = input.shape;
        var rows = input.reshape(of[0] * of[1], of[2]);
        var columns = Columns(matrix);
        var product = _shape.Has(bias) ? addmm(Weight(bias).flatten(), rows, columns, 1, 1) : rows.matmul(columns);
        return product.view(of[0], of[1], _shape.HeadsOf(matrix), -1);
    }

    // [B, T, heads, d_head], each head by itself or all of them together.
    private Tensor Normalized(Tensor projected, Norm? norm)
    {
        if (norm is null)
            return projected;
        return _shape.Forward.QueryKeyNorm == QueryKeyNormKind.Layer
            ? norm.Apply(projected.flatten(2)).view(projected.shape)
            : norm.Apply(projected);
    }

    private static Tensor Clip(Tensor values, double limit)
    {
        using var least = Scalars.Of(-limit);
        using var most = Scalars.Of(limit);
        return values.clamp(least, most);
    }

    // What queries are multiplied by, so that sqrt(d_head) is left to divide scores by.
    private static double QueryFactor(TransformerConfig config, int layer) => config is { AttentionScale: null, ScaleByInverseLayer: false }
        ? 1
        : Math.Sqrt(config.DHead) / config.AttentionScaleOf(layer);

    // [heads, d_model, n] as [d_model, heads n].
    private Tensor Columns(WeightKind kind) => Weight(kind).permute(1, 0, 2).reshape(_config.DModel, -1);

    private Tensor Attn(string name) => _weight($"blocks.{_layer}.attn.{name}");

    private Tensor Weight(WeightKind kind) => _weight(_shape.NameOf(kind, _layer));
}
