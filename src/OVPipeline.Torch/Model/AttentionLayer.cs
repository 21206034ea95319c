using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// One layer's arithmetic over the module's parameters. Heads are computed together: one product for all of Q, K and V, one for W_O.
/// Shapes: B sequences, T positions, H heads. Tensors belong to the caller's dispose scope.
/// </summary>
internal sealed class AttentionLayer(AttentionOnlyConfig config, int layer, Func<string, Tensor> weight)
{
    /// <summary>TransformerLens' and PyTorch's default.</summary>
    public const double NormEpsilon = 1e-5;

    private readonly int _queries = config.Heads * config.DHead, _values = config.Heads * config.ValueWidth;

    /// <summary>What Q, K and V read of a residual stream [B, T, d_model]: itself, or its layer norm.</summary>
    public Tensor Input(Tensor residual) => Normalize(config, residual, weight, $"blocks.{layer}.ln1");

    /// <summary>Queries and keys [B, H, T, d_head] and values [B, H, T, d_value] of normalized inputs [B, T, d_model].</summary>
    /// <param name="input">What <see cref="Input"/> gave.</param>
    /// <param name="positions">Rows of W_pos [T, d_model] that Q and K read beside the input, or null.</param>
    public (Tensor Q, Tensor K, Tensor V) Project(Tensor input, Tensor? positions)
    {
        (long batch, long length) = (input.shape[0], input.shape[1]);
        var weights = cat([Columns("W_Q"), Columns("W_K"), Columns("W_V")], 1);
        var rows = input.reshape(batch * length, config.DModel);
        var all = config.Biases
            ? addmm(cat([Attn("b_Q").flatten(), Attn("b_K").flatten(), Attn("b_V").flatten()]), rows, weights, 1, 1)
            : rows.matmul(weights);
        all = all.view(batch, length, 2 * _queries + _values);
        var both = all.narrow(2, 0, 2 * _queries);
        if (positions is not null)
            both = both.Plus(positions.matmul(weights.narrow(1, 0, 2 * _queries)));
        both = both.view(batch, length, 2, config.Heads, config.DHead);
        var values = all.narrow(2, 2 * _queries, _values).view(batch, length, config.Heads, config.ValueWidth);
        return (both.select(2, 0).transpose(1, 2), both.select(2, 1).transpose(1, 2), values.transpose(1, 2));
    }

    /// <summary>Weighted values, [B, H, T, d_value]; the patterns are not formed.</summary>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values) => CausalAttention.Supports(queries)
        ? CausalAttention.Of(queries, keys, values)
        : nn.functional.scaled_dot_product_attention(queries, keys, values, null, 0, true);

    /// <summary>Attention patterns [B, H, T, T]: a row is a query's weights over keys, and sums to 1.</summary>
    public Tensor Patterns(Tensor queries, Tensor keys)
    {
        long length = queries.shape[2];
        var scores = queries.matmul(keys.transpose(2, 3)).Times(1 / Math.Sqrt(config.DHead));
        var future = ones(length, length, dtype: ScalarType.Bool, device: queries.device).triu(1);
        return scores.masked_fill(future, Scalars.MinusInfinity).softmax(-1);
    }

    /// <summary>What the heads write together, [B, T, d_model], of weighted values [B, H, T, d_value].</summary>
    public Tensor Output(Tensor weighted)
    {
        (long batch, long length) = (weighted.shape[0], weighted.shape[2]);
        var rows = weighted.transpose(1, 2).reshape(batch * length, _values);
        var weights = Attn("W_O").view(_values, config.DModel);
        return (config.Biases ? addmm(Attn("b_O"), rows, weights, 1, 1) : rows.matmul(weights)).view(batch, length, config.DModel);
    }

    /// <summary>What one head writes, [B, T, d_model], of its weighted values [B, T, d_value]; without b_O, which is the layer's.</summary>
    public Tensor OutputOf(int head, Tensor weighted) => weighted.matmul(Attn("W_O").select(0, head));

    /// <summary>The constant that a head's value bias writes, [d_model], or null without biases.</summary>
    public Tensor? ValueConstant(int head) => config.Biases ? Attn("b_V").select(0, head).matmul(Attn("W_O").select(0, head)) : null;

    /// <summary>A residual stream as what follows reads it.</summary>
    public static Tensor Normalize(AttentionOnlyConfig config, Tensor residual, Func<string, Tensor> weight, string name) => config.Normalization switch
    {
        NormalizationKind.None => residual,
        NormalizationKind.LNPre => nn.functional.layer_norm(residual, [config.DModel], null, null, NormEpsilon),
        _ => nn.functional.layer_norm(residual, [config.DModel], weight($"{name}.w"), weight($"{name}.b"), NormEpsilon),
    };

    // [H, d_model, n] as [d_model, H n].
    private Tensor Columns(string name)
    {
        var weights = Attn(name);
        return weights.permute(1, 0, 2).reshape(config.DModel, -1);
    }

    private Tensor Attn(string name) => weight($"blocks.{layer}.attn.{name}");
}
