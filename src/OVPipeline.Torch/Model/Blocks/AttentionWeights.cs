using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// How much a layer's heads attend to each position: softmax of the scores of queries and keys, after cap, slopes, window and direction.
/// </summary>
internal sealed class AttentionWeights(ModelShape shape, int layer)
{
    // Scores of a block of queries: 64 MiB of floats, whatever the length.
    private const long BlockValues = 1 << 24;

    private readonly double _divisor = Math.Sqrt(shape.Config.DHead);
    private readonly int _window = shape.WindowOf(layer);
    private readonly double[]? _slopes = shape.Config.PositionalEmbedding == "alibi"
        ? AlibiSlopes.Of(shape.Config.Heads, shape.Forward.AlibiMaximum)
        : null;

    private bool Bidirectional => shape.Config.Bidirectional;

    /// <summary>
    /// What heads attend to, [B, H, T, d_value], of queries [B, H, T, d_head], keys [B, H, S, d_head] and values [B, H, S, d_value]: the
    /// queries are the last T of S positions. The weights are not formed at once.
    /// </summary>
    /// <param name="queries">Queries.</param>
    /// <param name="keys">Keys.</param>
    /// <param name="values">Values.</param>
    /// <param name="firstHead">Which head of the layer the first of these is.</param>
    /// <param name="hidden">Keys that nothing attends to, [B, 1, 1, S], or null.</param>
    public Tensor Attend(Tensor queries, Tensor keys, Tensor values, int firstHead, Tensor? hidden)
    {
        long length = queries.shape[2];
        if (hidden is null && IsPlain(length, keys.shape[2]))
            return !Bidirectional && CausalAttention.Supports(queries)
                ? CausalAttention.Of(queries, keys, values)
                : nn.functional.scaled_dot_product_attention(queries, keys, values, null, 0, !Bidirectional);
        long block = Math.Max(1, BlockValues / (queries.shape[0] * queries.shape[1] * keys.shape[2]));
        if (block >= length)
            return Of(queries, keys, firstHead, 0, hidden).matmul(values);
        List<Tensor> parts = [];
        for (long first = 0; first < length; first += block)
        {
            long count = Math.Min(block, length - first);
            parts.Add(Of(queries.narrow(2, first, count), keys, firstHead, length - first - count, hidden).matmul(values));
        }
        return cat(parts, 2);
    }

    /// <summary>Attention patterns [B, H, T, S]: a row is a query's weights over keys, and sums to 1.</summary>
    public Tensor Of(Tensor queries, Tensor keys, int firstHead) => Of(queries, keys, firstHead, 0, null);

    // Queries are at the T positions before the last `after`.
    private Tensor Of(Tensor queries, Tensor keys, int firstHead, long after, Tensor? hidden)
    {
        using var scope = NewDisposeScope();
        long length = queries.shape[2];
        long all = keys.shape[2];
        long first = all - after - length;
        var scores = queries.matmul(keys.transpose(2, 3)).Times(1 / _divisor);
        if (shape.Forward.ScoreCap is { } cap)
            scores = scores.Over(cap).tanh().Times(cap);
        if (_slopes is not null)
            scores = scores.Plus(Slopes((int)queries.shape[1], firstHead, first, length, all, scores));
        if (Unseen(first, length, all, scores) is { } unseen)
            scores = scores.masked_fill(unseen, Scalars.MinusInfinity);
        if (hidden is not null)
            scores = scores.masked_fill(hidden, Scalars.MinusInfinity);
        return scores.softmax(-1).MoveToOuterDisposeScope();
    }

    // Whether all that is to be done is to see what came before, or everything.
    private bool IsPlain(long queries, long keys) => queries == keys && shape.Forward.ScoreCap is null && _slopes is null
        && (_window == 0 || keys <= _window);

    // -slope times the distance, [H, T, S]; of Falcon slope times the key's position, [H, 1, S], which differs by what is rounded.
    private Tensor Slopes(int heads, int firstHead, long first, long length, long all, Tensor like)
    {
        var slopes = tensor(_slopes!.Skip(firstHead).Take(heads).ToArray(), [heads, 1, 1]).to(like.dtype).to(like.device);
        if (!shape.Forward.RoundedAlibi)
            return slopes.negative() * Distance(first, length, all, like.device).abs().to(like.dtype);
        using var keys = Scalars.Of(all);
        var positions = arange(Scalars.Zero, keys, Scalars.One, ScalarType.Int64, like.device).to(ScalarType.BFloat16);
        return (slopes.to(ScalarType.BFloat16) * positions).to(like.dtype).Over(_divisor);
    }

    // What queries do not see, [T, S]; null where they see everything.
    private Tensor? Unseen(long first, long length, long all, Tensor like)
    {
        bool future = !Bidirectional && first < all - 1;
        bool past = _window > 0 && first + length > _window;
        if (!future && !past)
            return null;
        var distance = Distance(first, length, all, like.device);
        var unseen = Bidirectional ? null : distance.lt(Scalars.Zero);
        if (!past)
            return unseen;
        using var window = Scalars.Of((long)_window);
        var far = distance.ge(window);
        return unseen is null ? far : unseen.logical_or(far);
    }

    // Of a query from a key, [T, S]: above 0 for keys before it.
    private static Tensor Distance(long first, long length, long all, Device device)
    {
        using var start = Scalars.Of(first);
        using var end = Scalars.Of(first + length);
        using var keys = Scalars.Of(all);
        var queries = arange(start, end, Scalars.One, ScalarType.Int64, device);
        return queries.unsqueeze(1) - arange(Scalars.Zero, keys, Scalars.One, ScalarType.Int64, device);
    }
}
