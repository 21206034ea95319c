using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Counts for each row the columns that come before its label. Those that single precision leaves open are taken in double precision;
/// rows that double precision leaves open too, and rows with many open ones, are the CPU engine's.
/// </summary>
internal sealed class LabelRanks
{
    // Of more open columns than this the row is left to the CPU engine, which knows how to deal with repeated columns.
    private static readonly Scalar s_mostOpen = Scalars.Of(16);

    private readonly DeviceRows _rows;
    private readonly DeviceColumns _columns;

    // A value a row, [n]. With the label's logit l and bounds s and d of single and double precision, a column whose single-precision
    // logit is above _high >= l + s + d comes before the label, one not above _low < l - s - d after it; what lies between is open.
    private readonly torch.Tensor _low, _high, _label, _doubleBound;

    // Counts so far, [n]: columns before the label, open ones, and those that double precision left open.
    private readonly torch.Tensor _above, _open, _tied;

    /// <summary>Begins with no column seen.</summary>
    public LabelRanks(DeviceRows rows, DeviceColumns columns)
    {
        _rows = rows;
        _columns = columns;
        double Margin(int i) => rows.Limits[i].Single + rows.Limits[i].Double;
        bool Has(int i) => !double.IsNaN(rows.LabelLogits[i]);
        _low = rows.Singles(i => Has(i) ? ErrorBound.Below(rows.LabelLogits[i] - Margin(i)) : float.PositiveInfinity);
        _high = rows.Singles(i => Has(i) ? ErrorBound.AtLeast(rows.LabelLogits[i] + Margin(i)) : float.PositiveInfinity);
        _label = rows.Doubles(i => rows.LabelLogits[i]);
        _doubleBound = rows.Doubles(i => 2 * rows.Limits[i].Double);
        _above = rows.Doubles(_ => 0);
        _open = rows.Doubles(_ => 0);
        _tied = rows.Doubles(_ => 0);
    }

    /// <summary>Columns before each row's label.</summary>
    public double[] Above => _above.cpu().data<double>().ToArray();

    /// <summary>Columns that single precision left open.</summary>
    public double[] Open => _open.cpu().data<double>().ToArray();

    /// <summary>Above 0 where the row is the CPU engine's.</summary>
    public double[] Tied => _tied.cpu().data<double>().ToArray();

    /// <summary>Counts in a tile from which the labels have been taken out.</summary>
    /// <param name="tile">Logits, [n, c].</param>
    /// <param name="highest">The highest of each row, [n].</param>
    /// <param name="from">The first column.</param>
    /// <param name="cancellationToken">Checked while products are taken in double precision.</param>
    public void Add(torch.Tensor tile, torch.Tensor highest, int from, CancellationToken cancellationToken)
    {
        using var frame = _rows.Memory.Begin();
        var rows = Hold(highest.gt(_low).nonzero()).view(-1);
        if (rows.numel() == 0)
            return;
        var logits = rows.numel() == _rows.Count ? tile : Hold(tile.index_select(0, rows));
        torch.Tensor low = Hold(_low.index_select(0, rows)).unsqueeze(1), high = Hold(_high.index_select(0, rows)).unsqueeze(1);
        torch.Tensor above = Hold(Count(logits, high)), open = Hold(Count(logits, low));
        open.sub_(above);
        _above.AddRows(rows, above);
        _open.AddRows(rows, open);
        _tied.AddRows(rows, Hold(open.gt(s_mostOpen).to(torch.float64)));
        var few = Hold(open.gt(Scalars.Zero).logical_and_(open.le(s_mostOpen)).nonzero()).view(-1);
        if (few.numel() > 0)
            Decide(Of(logits), Of(rows), Of(low), Of(high), from, cancellationToken);

        torch.Tensor Of(torch.Tensor ofRows) => Hold(ofRows.index_select(0, few));
    }

    // Takes the open columns of rows that have few in double precision: logits are [m, c], bounds [m, 1].
    private void Decide(
        torch.Tensor logits,
        torch.Tensor rows,
        torch.Tensor low,
        torch.Tensor high,
        int from,
        CancellationToken cancellationToken)
    {
        var mask = Hold(logits.gt(low));
        mask.logical_and_(Hold(logits.le(high)));
        var open = Hold(mask.nonzero());
        using var offset = Scalars.Of(from);
        torch.Tensor chosen = Hold(rows.index_select(0, open.select(1, 0))), tokens = Hold(open.select(1, 1).add(offset, Scalars.One));
        var lead = DoubleLogits.Of(_rows.Values, chosen, _columns, tokens, _rows.Memory, _rows.Plan.Pairs, cancellationToken);
        lead.sub_(Hold(_label.index_select(0, chosen)));
        var bound = Hold(_doubleBound.index_select(0, chosen));
        _above.AddRows(chosen, Hold(lead.gt(bound).to(torch.float64)));
        _tied.AddRows(chosen, Hold(lead.abs().le(bound).to(torch.float64)));
    }

    // Sums of fewer than 2^24 ones are exact in single precision.
    private torch.Tensor Count(torch.Tensor logits, torch.Tensor bound)
    {
        using var frame = _rows.Memory.Begin();
        var mask = Hold(logits.gt(bound));
        return Hold(mask.sum(1, false, torch.float32)).to(torch.float64).MoveToOuterDisposeScope();
    }

    private torch.Tensor Hold(torch.Tensor tensor) => _rows.Memory.Hold(tensor);
}
