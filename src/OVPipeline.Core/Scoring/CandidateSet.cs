using System.Runtime.CompilerServices;

namespace OVPipeline.Core;

/// <summary>
/// For each row the columns that may still be among the highest. Columns are collected on their single-precision logits, with the bound
/// on the error to spare; when a row's room is used up, those that certainly are not among the highest are let go.
/// </summary>
internal sealed unsafe class CandidateSet : IComparer<CandidateColumn>
{
    private const int ForSoftmax = 8; // terms that are taken in double

    private readonly PackedColumns _columns;
    private readonly ExactLogits _exact;
    private readonly PartialSums? _sums;
    private readonly CandidateColumn[] _candidates;
    private readonly double[] _bounds, _errors;
    private readonly double _beta, _underflow;
    private readonly int _topK, _wanted, _room;
    private readonly bool _isOrdered, _natural;

    /// <summary>Empty sets.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="exact">Decides what single precision cannot.</param>
    /// <param name="options">How many are wanted.</param>
    /// <param name="sums">Softmax sums of the columns that are let go, or null.</param>
    /// <param name="rows">Rows.</param>
    public CandidateSet(PackedColumns columns, ExactLogits exact, ScoringOptions options, PartialSums? sums, int rows)
    {
        _columns = columns;
        _exact = exact;
        _sums = sums;
        _beta = options.InverseTemperature;
        _underflow = ErrorBound.Underflow(columns.Depth);
        _natural = options.NaturalLogLoss;
        _topK = options.TopK;
        int first = Math.Max(options.TopK, options.Probabilities ? 1 : 0); // probabilities are relative to the highest
        _isOrdered = first > 0;
        _wanted = Math.Min(columns.Vocabulary, Math.Max(first, sums is null ? 0 : ForSoftmax));
        _room = RoomOf(_wanted);
        _candidates = new CandidateColumn[_wanted == 0 ? 0 : checked(_room * rows)];
        _bounds = new double[_room];
        _errors = new double[_room];
    }

    /// <summary>Whether any are wanted.</summary>
    public bool IsWanted => _wanted > 0;

    /// <summary>Bytes that a row takes when this many are wanted.</summary>
    public static int BytesOf(int wanted) => RoomOf(wanted) * Unsafe.SizeOf<CandidateColumn>();

    /// <summary>A bound on the error of a row's single-precision logits with columns up to an error weight.</summary>
    public double ErrorOf(in RowState row, double columnWeight) =>
        row.IsHuge ? double.PositiveInfinity : row.ErrorWeight * columnWeight + _underflow;

    /// <summary>Whether a run of columns only repeats the last one wanted of a row, with later tokens.</summary>
    public bool AreRepeats(in RowState row, int first, int last) =>
        row.Last >= 0 && ReachOf(row) == 0
        && _columns.Classes[first] == _columns.Classes[row.Last] && _columns.Classes[last] == _columns.Classes[row.Last]
        && _columns.Tokens[first] > _columns.Tokens[row.Last];

    /// <summary>Takes in a column; true where the row's floor has changed.</summary>
    public bool Add(ref RowState row, int slot, int position, float value)
    {
        _candidates[slot * _room + row.Candidates++] = new(position, value);
        if (row.Candidates < _room)
            return false;
        Shrink(ref row, slot);
        return true;
    }

    /// <summary>Empties a row's set.</summary>
    public static void Clear(ref RowState row)
    {
        row.Candidates = 0;
        row.Floor = double.NegativeInfinity;
        row.Last = -1;
    }

    /// <summary>Settles a row's candidates: all in double, best first. The sums then hold all columns but the label.</summary>
    public ReadOnlySpan<CandidateColumn> Finish(ref RowState row, int slot)
    {
        Shrink(ref row, slot);
        var list = ListOf(row, slot);
        Evaluate(row, list);
        foreach (var candidate in list)
            LetGo(ref row, candidate);
        if (!_isOrdered)
            return [];
        list.Sort(this);
        for (int i = 0; i < _topK && i + 1 < list.Length; i++)
            row.WasRechecked |= Lower(row, list[i] with { Logit = double.NaN }) <= Upper(row, list[i + 1] with { Logit = double.NaN });
        return list;
    }

    /// <inheritdoc/>
    public int Compare(CandidateColumn x, CandidateColumn y) => _exact.Compare(x.Position, x.Logit, y.Position, y.Logit);

    // Half as many again as are wanted, so that a shrinking, which looks at all of them, comes once in so many additions; and a few more,
    // as single columns are wanted most often.
    private static int RoomOf(int wanted) => wanted + wanted / 2 + 4;

    private Span<CandidateColumn> ListOf(in RowState row, int slot) => _candidates.AsSpan(slot * _room, row.Candidates);

    // Only for a sum what is near the highest is taken in double.
    private double ReachOf(in RowState row) => _sums is null ? 0 : row.Reach;

    private void Shrink(ref RowState row, int slot)
    {
        var list = ListOf(row, slot);
        if (row.IsHuge)
            Evaluate(row, list);
        double highest = double.NegativeInfinity;
        for (int i = 0; i < list.Length; i++)
        {
            _errors[i] = ErrorOf(row, list[i]);
            _bounds[i] = list[i].Best - _errors[i];
            if (list[i].Position != row.Label)
                highest = Math.Max(highest, list[i].Best);
        }
        if (_sums is not null)
            Raise(ref row, slot, double.IsFinite(highest) ? highest : row.LabelLogit);
        double floor = Quickselect.KthLargest(_bounds.AsSpan(0, list.Length), _wanted);
        if (ReachOf(row) > 0)
            floor = Math.Min(floor, highest - row.Reach);
        int kept = 0;
        for (int i = 0; i < list.Length; i++)
        {
            var candidate = list[i];
            if (candidate.Best + _errors[i] >= floor)
                list[kept++] = candidate;
            else
                LetGo(ref row, candidate);
        }
        row.Candidates = kept;
        row.Floor = floor;
        if (kept > _room - _room / 4) // less than a quarter was let go: the next shrinking would be too soon
            Settle(ref row, slot);
    }

    // Near-ties fill the room: only exact arithmetic can tell which to keep.
    private void Settle(ref RowState row, int slot)
    {
        var list = ListOf(row, slot);
        Evaluate(row, list);
        list.Sort(this);
        foreach (var candidate in list[_wanted..])
            LetGo(ref row, candidate);
        row.Candidates = _wanted;
        row.Last = list[_wanted - 1].Position;
        row.Floor = Lower(row, list[_wanted - 1]);
        row.WasRechecked = true;
    }

    private void Evaluate(in RowState row, Span<CandidateColumn> list)
    {
        _exact.Select(row.Values, row.Norm);
        foreach (ref var candidate in list)
            if (double.IsNaN(candidate.Logit))
                candidate = candidate with { Logit = _exact[candidate.Position] };
    }

    private void LetGo(ref RowState row, CandidateColumn candidate)
    {
        if (_sums is null || candidate.Position == row.Label)
            return;
        double below = candidate.Best - row.Softmax.Shift;
        row.Softmax.Add(_beta * below);
        if (_natural)
            row.Natural.Add(below);
    }

    private void Raise(ref RowState row, int slot, double highest)
    {
        double shift = row.IsHuge ? highest : (float)highest; // the kernels take it off in single precision
        if (row.HasFloor && shift <= row.Softmax.Shift)
            return;
        _sums!.Flush(ref row, slot);
        row.Softmax.MoveShift(shift, _beta);
        row.Natural.MoveShift(shift, 1);
    }

    private double Lower(in RowState row, CandidateColumn candidate) => candidate.Best - ErrorOf(row, candidate);

    private double Upper(in RowState row, CandidateColumn candidate) => candidate.Best + ErrorOf(row, candidate);

    private double ErrorOf(in RowState row, CandidateColumn candidate)
    {
        int group = _columns.GroupOf(candidate.Position);
        return double.IsNaN(candidate.Logit) ? ErrorOf(row, _columns.GroupWeights[group]) : row.DoubleError;
    }
}
