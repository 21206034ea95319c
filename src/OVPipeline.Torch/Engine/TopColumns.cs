using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// The highest columns of each row by their logits in single precision, with some to spare, and then in double precision.
/// </summary>
internal sealed class TopColumns
{
    /// <summary>Columns followed besides the ones wanted: rows with more near-ties than this are the CPU engine's.</summary>
    public const int Spare = 8;

    private readonly DeviceRows _rows;
    private readonly DeviceColumns _columns;

    // [n, count]: the first _seen columns of each row are the highest so far, in falling order.
    private readonly torch.Tensor _values, _tokens;
    private int _seen;

    /// <summary>Begins with no column seen.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="count">How many to follow, at most V.</param>
    public TopColumns(DeviceRows rows, DeviceColumns columns, int count)
    {
        _rows = rows;
        _columns = columns;
        Count = count;
        _values = rows.Memory.Hold(torch.empty([rows.Count, count], torch.float32, rows.Device));
        _tokens = rows.Memory.Hold(torch.empty([rows.Count, count], torch.int64, rows.Device));
    }

    /// <summary>How many are followed.</summary>
    public int Count { get; }

    /// <summary>Takes in a tile.</summary>
    /// <param name="tile">Logits, [n, c].</param>
    /// <param name="from">The first column.</param>
    public void Add(torch.Tensor tile, int from)
    {
        using var frame = _rows.Memory.Begin();
        var (values, tokens) = tile.topk(Math.Min(Count, (int)tile.shape[1]), 1, true, true);
        Hold(values);
        using var offset = Scalars.Of(from);
        Hold(tokens).add_(offset, Scalars.One);
        if (_seen > 0)
        {
            values = Hold(torch.cat([_values.narrow(1, 0, _seen), values], 1));
            tokens = Hold(torch.cat([_tokens.narrow(1, 0, _seen), tokens], 1));
        }
        _seen = Math.Min(Count, (int)values.shape[1]);
        if (values.shape[1] > _seen)
        {
            var (highest, places) = values.topk(_seen, 1, true, true);
            values = Hold(highest);
            tokens = Hold(tokens.gather(1, Hold(places)));
        }
        _values.narrow(1, 0, _seen).copy_(values);
        _tokens.narrow(1, 0, _seen).copy_(tokens);
    }

    /// <summary>What was found: tokens, their logits in single and in double precision, n rows of <see cref="Count"/> each.</summary>
    public (long[] Tokens, float[] Singles, double[] Logits) Finish(CancellationToken cancellationToken)
    {
        using var frame = _rows.Memory.Begin();
        var chosen = _rows.Indices([.. Enumerable.Range(0, _rows.Count)]).unsqueeze(1).expand(_rows.Count, Count);
        var flat = Hold(chosen.reshape(-1));
        var logits = DoubleLogits.Of(
            _rows.Values, flat, _columns, _tokens.view(-1), _rows.Memory, _rows.Plan.Pairs, cancellationToken);
        return (_tokens.cpu().data<long>().ToArray(), _values.cpu().data<float>().ToArray(), logits.cpu().data<double>().ToArray());
    }

    private torch.Tensor Hold(torch.Tensor tensor) => _rows.Memory.Hold(tensor);
}
