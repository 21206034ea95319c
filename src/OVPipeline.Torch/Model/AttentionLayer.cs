using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// One layer's arithmetic over the module's parameters. Heads are computed together: one product for all of Q, K and V, one for W_O.
/// Shapes: B sequences, T positions, H heads. Tensors belong to the caller's dispose scope.
/// </summary>
internal sealed class AttentionLayer(ModelShape shape, int layer, Func<string, Tensor> weight)
{
    private readonly TransformerConfig _config = shape.Config;
    private readonly int _queries = shape.Config.Heads * shape.Config.DHead;
    private readonly int _values = shape.Config.Heads * shape.Config.DValue;
    private readonly double _queryFactor = QueryFactor(shape.Config, layer);

    /// <summary>
    /// What V reads of a residual stream [B, T, d_model], and Q and K but for gains of their own: itself, or its layer norm.
    /// </summary>
    public Tensor Input(Tensor residual) => Normalize(_config, residual, shape.FoldedValueGains ? null : weight, NormName);

    /// <summary>Queries and keys [B, H, T, d_head] and values [B, H, T, d_value] of normalized inputs [B, T, d_model].</summary>
    /// <param name="input">What <see cref="Input"/> gave.</param>
    /// <param name="positions">Rows of W_pos [T, d_model] that Q and K read beside the input, or null.</param>
    public (Tensor Q, Tensor K, Tensor V) Project(Tensor input, Tensor? positions)
    {
        long batch = input.shape[0];
        long length = input.shape[1];
        var rows = input.reshape(batch * length, _config.DModel);
        var (both, values, weights) = shape.FoldedValueGains ? ProjectApart(rows) : ProjectTogether(rows);
        both = both.view(batch, length, 2 * _queries);
        if (positions is not null)
            both = both.Plus(positions.matmul(weights));
        both = both.view(batch, length, 2, _config.Heads, _config.DHead); // queries, then keys
        var queries = both.select(2, 0).transpose(1, 2);
        if (_queryFactor != 1)
            queries = queries.Times(_queryFactor);
        var keys = both.select(2, 1).transpose(1, 2);
        return (queries, keys, values.view(batch, length, _config.Heads, _config.DValue).transpose(1, 2));
    }

    // Queries and keys [B T, 2 H d_head] and values [B T, H d_value] of the same rows; and W_Q and W_K side by side.
    private (Tensor Both, Tensor Values, Tensor Weights) ProjectTogether(Tensor rows)
    {
        var weights = cat([Columns("W_Q"), Columns("W_K"), Columns("W_V")], 1);
        var all = shape.Has(WeightKind.b_Q)
            ? addmm(cat([Attn("b_Q").flatten(), Attn("b_K").flatten(), Attn("b_V").flatten()]), rows, weights, 1, 1)
            : rows.matmul(weights);
        return (all.narrow(1, 0, 2 * _queries), all.narrow(1, 2 * _queries, _values), weights.narrow(1, 0, 2 * _queries));
    }

    // The same where the norm's gain and bias are in W_V, and queries and keys pass them first.
    private (Tensor Both, Tensor Values, Tensor Weights) ProjectApart(Tensor rows)
    {
        var attending = (rows * weight($"{NormName}.w")).Plus(weight($"{NormName}.b"));
        var weights = cat([Columns("W_Q"), Columns("W_K")], 1);
        var valueWeights = Columns("W_V");
        if (!shape.Has(WeightKind.b_Q))
            return (attending.matmul(weights), rows.matmul(valueWeights), weights);
        var biases = cat([Attn("b_Q").flatten(), Attn("b_K").flatten()]);
        return (
            addmm(biases, attending, weights, 1, 1),
            addmm(Attn("b_V").flatten(), rows, valueWeights, 1, 1),
            weights);
    }

    /// <summary>Weighted values, [B, H, T, d_value]; the patterns are not formed.</summary>
    public Tensor Attend(Tensor queries, Tensor keys, Tensor values) => !_config.Bidirectional && CausalAttention.Supports(queries)
        ? CausalAttention.Of(queries, keys, values)
        : nn.functional.scaled_dot_product_attention(queries, keys, values, null, 0, !_config.Bidirectional);

    /// <summary>Attention patterns [B, H, T, T]: a row is a query's weights over keys, and sums to 1.</summary>
    public Tensor Patterns(Tensor queries, Tensor keys)
    {
        long length = queries.shape[2];
        var scores = queries.matmul(keys.transpose(2, 3)).Times(1 / Math.Sqrt(_config.DHead));
        if (_config.Bidirectional)
            return scores.softmax(-1);
        var future = ones(length, length, dtype: ScalarType.Bool, device: queries.device).triu(1);
        return scores.masked_fill(future, Scalars.MinusInfinity).softmax(-1);
    }

    /// <summary>What the heads write together, [B, T, d_model], of weighted values [B, H, T, d_value].</summary>
    public Tensor Output(Tensor weighted)
    {
        long batch = weighted.shape[0];
        long length = weighted.shape[2];
        var rows = weighted.transpose(1, 2).reshape(batch * length, _values); // a row is a position's values, head after head
        var weights = Attn("W_O").view(_values, _config.DModel);
        var written = shape.Has(WeightKind.b_O) ? addmm(Attn("b_O"), rows, weights, 1, 1) : rows.matmul(weights);
        return written.view(batch, length, _config.DModel);
    }

    /// <summary>What one head writes, [B, T, d_model], of its weighted values [B, T, d_value]; without b_O, which is the layer's.</summary>
    public Tensor OutputOf(int head, Tensor weighted) => weighted.matmul(Attn("W_O").select(0, head));

    /// <summary>The constant that a head's value bias writes, [d_model], or null without biases.</summary>
    public Tensor? ValueConstant(int head) => shape.Has(WeightKind.b_V)
        ? Attn("b_V").select(0, head).matmul(Attn("W_O").select(0, head))
        : null;

    /// <summary>A residual stream as what follows reads it.</summary>
    /// <param name="config">The model's sizes and kind.</param>
    /// <param name="residual">The stream, [B, T, d_model].</param>
    /// <param name="weight">The model's parameters by name; null where the norm's gain and bias are in what follows.</param>
    /// <param name="name">The norm's name.</param>
    public static Tensor Normalize(TransformerConfig config, Tensor residual, Func<string, Tensor>? weight, string name)
    {
        if (config.Normalization is null)
            return residual;
        return config.Normalization == "LNPre" || weight is null
            ? nn.functional.layer_norm(residual, [config.DModel], null, null, config.NormEpsilon)
            : nn.functional.layer_norm(residual, [config.DModel], weight($"{name}.w"), weight($"{name}.b"), config.NormEpsilon);
    }

    // What queries are multiplied by, so that sqrt(d_head) is left to divide scores by.
    private static double QueryFactor(TransformerConfig config, int layer) => config is { AttentionScale: null, ScaleByInverseLayer: false }
        ? 1
        : Math.Sqrt(config.DHead) / config.AttentionScaleOf(layer);

    private string NormName => $"blocks.{layer}.ln1";

    // [H, d_model, n] as [d_model, H n].
    private Tensor Columns(string name)
    {
        var weights = Attn(name);
        return weights.permute(1, 0, 2).reshape(_config.DModel, -1);
    }

    private Tensor Attn(string name) => weight($"blocks.{layer}.attn.{name}");
}
