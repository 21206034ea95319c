using System.Numerics;

namespace OVPipeline.Core;

/// <summary>
/// A block of rows on its way through the panels: the packed strips, each row's thresholds, and the decisions that the kernels leave open.
/// A row's place in the block is its slot.
/// </summary>
/// <remarks>
/// <code>
///   slots    0 1 2 3 | 4 5 6 7 | ...      rows, by what their labels need where no softmax is asked for (Order)
///   strips      0    |    1    | ...      4 rows each, interleaved for the kernel (TileKernel); a group matters to whole strips
///
///   for each group of panels:  BeginGroup: thresholds of each row, strips that the group matters to
///                              the kernel: tiles of these strips; what it leaves open comes to CountAbove and Collect
///   at the end:                Settle: each row's highest columns in double, in order
/// </code>
/// Rows of which single precision could overflow are zeros in the strips, and their thresholds let everything through: all of it is then
/// decided in double.
/// </remarks>
internal sealed unsafe class ScoringBlock
{
    /// <summary>Rows of a strip.</summary>
    public const int TileRows = 4;

    // Where single precision may be out by so much in an exponent, the terms so close to the highest, and all probabilities that are not
    // negligible, are taken in double. 1/8192 nats is an error of 1.2e-4 of a term; rounding errors add up as a random walk does, so the
    // bound on a sum of r terms is let grow with sqrt(r). exp(-16) is 1e-7: what lies further below the highest does not show in a sum.
    internal const double CoarseNats = 1.0 / 8192;
    private const double ReachNats = 16;
    private const double CoarsestNats = 1;
    private const float Negligible = 1e-12f;

    private readonly PackedColumns _columns;
    private readonly ExactLogits _exact;
    private readonly CandidateSet _candidates;
    private readonly RowState[] _rows;
    private readonly KernelBuffer _strips, _zeros, _inOrder;
    private readonly double[] _needs;
    private readonly double _errorUnit;
    private readonly bool[] _isWanted;
    private readonly int _capacity;
    private readonly bool _rank, _probabilities;
    private int _group;

    /// <summary>Room for a number of rows.</summary>
    public ScoringBlock(PackedColumns columns, ScoringOptions options, SavedWork savings, bool isFused, int capacity)
    {
        _errorUnit = ErrorBound.Single(columns.Depth, isFused);
        _columns = columns;
        SavedWork = savings;
        _capacity = (capacity + TileRows - 1) / TileRows * TileRows;
        Beta = options.InverseTemperature;
        NeedsNatural = options.NaturalLogLoss;
        NeedsSoftmax = options.LabelLogLoss || options.LogitMoments || NeedsNatural;
        NeedsMoments = options.LogitMoments;
        _rank = options.LabelRank;
        _probabilities = options.Probabilities;
        _exact = new(columns);
        Sums = new(NeedsSoftmax ? _capacity : 0, columns.Width / 3, NeedsMoments, NeedsNatural);
        _candidates = new(columns, _exact, options, NeedsSoftmax ? Sums : null, _capacity);
        _rows = new RowState[_capacity];
        _needs = new double[_capacity];
        _isWanted = new bool[_capacity / TileRows];
        _strips = new(checked(_capacity * columns.Depth));
        Thresholds = new(_capacity);
        bool isWorthScreening = columns.Depth >= TileScreening.LeastDepth && columns.LargestNorm <= ErrorBound.LargestSafe;
        if (savings == SavedWork.PanelsAndTiles && !NeedsSoftmax && NeedsSweep && isWorthScreening)
            Screening = new(columns, _capacity);
        _zeros = new(columns.Depth);
        _inOrder = new(_probabilities ? columns.Vocabulary : 0);
    }

    /// <summary>The columns.</summary>
    public PackedColumns Columns => _columns;

    /// <summary>What may be left out.</summary>
    public SavedWork SavedWork { get; }

    /// <summary>The screening of its tiles, where they may be screened.</summary>
    public TileScreening? Screening { get; }

    /// <summary>Whether anything that takes the sum of all columns' exponentials is asked for, but probabilities.</summary>
    public bool NeedsSoftmax { get; }

    /// <summary>Whether the logits' moments under the softmax are asked for.</summary>
    public bool NeedsMoments { get; }

    /// <summary>Whether the log-loss at inverse temperature 1 is asked for beside another.</summary>
    public bool NeedsNatural { get; }

    /// <summary>Whether the kernels' pass over the columns is needed at all.</summary>
    public bool NeedsSweep => _rank || _candidates.IsWanted;

    /// <summary>Logits are multiplied by this before the softmax.</summary>
    public double Beta { get; }

    /// <summary>Rows in the block.</summary>
    public int Count { get; private set; }

    /// <summary>Strips in the block.</summary>
    public int StripCount => (Count + TileRows - 1) / TileRows;

    /// <summary>The rows.</summary>
    public Span<RowState> Rows => _rows.AsSpan(0, Count);

    /// <summary>The packed rows.</summary>
    public float* Strips => _strips.Pointer;

    /// <summary>Each row's softmax sums in the kernels' lanes.</summary>
    public PartialSums Sums { get; }

    /// <summary>What the kernels compare the rows' logits with.</summary>
    public RowThresholds Thresholds { get; }

    /// <summary>Begins with new rows.</summary>
    /// <param name="rows">The caller's rows.</param>
    /// <param name="labels">Their labels; empty for none.</param>
    /// <param name="first">The first row of the block.</param>
    /// <param name="count">How many.</param>
    public void Load(float* rows, ReadOnlySpan<int> labels, int first, int count)
    {
        Count = count;
        for (int slot = 0; slot < count; slot++)
        {
            int index = first + slot, label = labels.IsEmpty ? -1 : labels[index];
            _rows[slot] = StateOf(rows + (nint)index * _columns.Depth, index, label < 0 ? -1 : _columns.Positions[label]);
        }
        Order();
        Thresholds.Clear();
        float* strip = Strips;
        for (int slot = 0; slot < count; slot += TileRows, strip += TileRows * _columns.Depth)
            FloatPacking.Interleave(Packed(slot), Packed(slot + 1), Packed(slot + 2), Packed(slot + 3), _columns.Depth, TileRows, strip);
        Screening?.Clear();
        for (int slot = 0; Screening is not null && slot < StripCount * TileRows; slot++)
            Screening.Round(slot, Packed(slot), _columns.Depth, slot < Count ? _rows[slot].Norm : 0);

        float* Packed(int slot) => slot < Count && !_rows[slot].IsHuge ? _rows[slot].Values : _zeros.Pointer;
    }

    /// <summary>Sets the thresholds for a group of panels, and finds which strips the group matters to.</summary>
    /// <returns>The number of those strips.</returns>
    public int BeginGroup(int group)
    {
        _group = group;
        int wanted = 0;
        for (int slot = 0; slot < Count; slot++)
        {
            ref var row = ref _rows[slot];
            if (NeedsSoftmax)
                Sums.Flush(ref row, slot);
            SetThresholds(row, slot);
            ref bool isWanted = ref _isWanted[slot / TileRows];
            bool before = slot % TileRows > 0 && isWanted;
            isWanted = before || NeedsSoftmax || SavedWork == SavedWork.None || CanReach(row, Thresholds.Wake[slot]);
            wanted += isWanted && !before ? 1 : 0;
        }
        return wanted;
    }

    /// <summary>Whether the group of panels matters to a strip.</summary>
    public bool IsWanted(int strip) => _isWanted[strip];

    /// <summary>Counts or decides the columns that may come before a row's label.</summary>
    /// <param name="slot">The row.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="above">A bit for each lane whose column certainly comes before it.</param>
    /// <param name="undecided">A bit for each lane that single precision leaves open; the label's own may be among them.</param>
    public void CountAbove(int slot, int panel, ulong above, ulong undecided)
    {
        ref var row = ref _rows[slot];
        ref int count = ref Thresholds.Counts[slot];
        count += BitOperations.PopCount(above);
        if (undecided == 0)
            return;
        int first = panel * _columns.Width, label = _columns.Tokens[row.Label], labelClass = _columns.Classes[row.Label];
        row.IsClose |= !BitOperations.IsPow2(undecided) || first + BitOperations.Log2(undecided) != row.Label;
        bool allTie = _columns.Classes[first + BitOperations.TrailingZeroCount(undecided)] == labelClass
            && _columns.Classes[first + BitOperations.Log2(undecided)] == labelClass;
        if (allTie && _columns.Tokens[first + BitOperations.Log2(undecided)] < label)
        {
            count += BitOperations.PopCount(undecided); // a run of identical columns is in the order of tokens
            return;
        }
        if (allTie && _columns.Tokens[first + BitOperations.TrailingZeroCount(undecided)] >= label)
            return;
        _exact.Select(row.Values, row.Norm);
        for (; undecided != 0; undecided &= undecided - 1)
        {
            int position = first + BitOperations.TrailingZeroCount(undecided);
            bool ties = _columns.Classes[position] == labelClass;
            row.WasRechecked |= !ties;
            bool isAbove = ties
                ? _columns.Tokens[position] < label
                : _exact.Compare(position, _exact[position], row.Label, row.LabelLogit) < 0;
            count += isAbove ? 1 : 0;
        }
    }

    /// <summary>Takes in the columns that may be among a row's highest; those that are held are struck out of the tile's logits.</summary>
    public void Collect(int slot, int panel, ulong lanes, float* logits)
    {
        ref var row = ref _rows[slot];
        int first = panel * _columns.Width;
        if (_candidates.AreRepeats(row, first + BitOperations.TrailingZeroCount(lanes), first + BitOperations.Log2(lanes)))
            return;
        for (; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            if (!(logits[lane] > Thresholds.CandidateLow[slot]) || _candidates.AreRepeats(row, first + lane, first + lane))
                continue;
            float logit = logits[lane];
            logits[lane] = float.NegativeInfinity;
            if (_candidates.Add(ref row, slot, first + lane, logit))
                SetThresholds(row, slot);
        }
    }

    /// <summary>Settles a row's highest columns, best first; its softmax then holds all columns but the label.</summary>
    public ReadOnlySpan<CandidateColumn> Settle(int slot)
    {
        if (!_candidates.IsWanted)
            return [];
        if (NeedsSoftmax)
            Sums.Flush(ref _rows[slot], slot);
        return _candidates.Finish(ref _rows[slot], slot);
    }

    /// <summary>Rows of which something was decided in double or exactly.</summary>
    public int RecheckedRows
    {
        get
        {
            int count = 0;
            foreach (ref var row in Rows)
                count += row.WasRechecked ? 1 : 0;
            return count;
        }
    }

    /// <summary>
    /// Makes probabilities, in the order of tokens, of a row's exponentials, in the order of positions: those for which single precision is
    /// too coarse are taken in double, and all are divided by their sum. Nothing else that is computed of the row has a part in it, so a
    /// row has the same bits whatever is asked for.
    /// </summary>
    /// <param name="slot">The row.</param>
    /// <param name="weights">The exponentials of all rows.</param>
    public void Normalize(int slot, float* weights)
    {
        ref var row = ref _rows[slot];
        var ofRow = new Span<float>(weights + (nint)row.Index * _columns.Vocabulary, _columns.Vocabulary);
        if (row.Reach > 0)
        {
            // By more than that single precision cannot tell what is negligible.
            bool all = !(Beta * _candidates.ErrorOf(row, _columns.LargestWeight) < CoarsestNats);
            _exact.Select(row.Values, row.Norm);
            for (int position = 0; position < ofRow.Length; position++)
            {
                ref float one = ref ofRow[position];
                if (all || one > Negligible)
                    one = (float)Math.Exp(Beta * (_exact[position] - row.Highest));
            }
        }
        float scale = (float)(1 / OrderedSum.Of(ofRow));
        float* inOrder = _inOrder.Pointer, weight = weights + (nint)row.Index * _columns.Vocabulary;
        foreach (int token in _columns.Tokens)
            inOrder[token] = *weight++ * scale;
        new Span<float>(inOrder, ofRow.Length).CopyTo(ofRow);
    }

    // Rows that need the same panels go into the same strips.
    private void Order()
    {
        if (NeedsSoftmax)
            return;
        for (int slot = 0; slot < Count; slot++)
            _needs[slot] = NeedOf(_rows[slot]);
        Array.Sort(_needs, _rows, 0, Count);

        // The norm that a column must have to reach the label's logit: groups of shorter ones are left out.
        static double NeedOf(in RowState row) =>
            row.Label < 0 || row.Norm == 0 ? double.NegativeInfinity : row.LabelLogit / row.Norm;
    }

    // Cauchy and Schwarz: no exact logit of the group is above |h| times the largest |g|, both of which are rounded up by more (1e-9 of
    // them) than their product is rounded. A group matters where that reaches the smallest exact logit that matters,
    // min(LabelLogit - DoubleError, Floor). Wake is a bound on single precision's error below it, so that nothing needs to be added here.
    private bool CanReach(in RowState row, float wake) => row.Norm * _columns.GroupNorms[_group] >= wake;

    private RowState StateOf(float* values, int index, int label)
    {
        double squares = 0, weighted = 0;
        for (int k = 0; k < _columns.Depth; k++)
        {
            double square = (double)values[k] * values[k];
            squares += square;
            weighted += (_columns.Depth - k) * square;
        }
        double norm = ErrorBound.Norm(squares), weight = ErrorBound.Norm(weighted);
        double largest = norm * _columns.LargestNorm;
        var row = new RowState
        {
            Values = values,
            Index = index,
            Label = label,
            Norm = norm,
            DoubleError = largest * ErrorBound.Double(_columns.Depth),
            ErrorWeight = weight * _errorUnit,
            IsFlat = largest == 0,
            IsHuge = Math.Max(largest, norm) > ErrorBound.LargestSafe,
        };
        CandidateSet.Clear(ref row);
        bool isWeighed = NeedsSoftmax || _probabilities;
        double largestBeta = NeedsNatural ? Math.Max(1, Beta) : Beta, leastBeta = NeedsNatural ? Math.Min(1, Beta) : Beta;
        if (isWeighed && largestBeta * _candidates.ErrorOf(row, _columns.MedianWeight) > CoarseNats * Math.Sqrt(_columns.Depth))
            row.Reach = ReachNats / leastBeta;
        _exact.Select(values, norm);
        if (label >= 0)
            row.LabelLogit = _exact[label];
        return row;
    }

    private void SetThresholds(in RowState row, int slot)
    {
        if (row.IsFlat)
            return;
        double error = _candidates.ErrorOf(row, _columns.GroupWeights[_group]), labelError = row.DoubleError;
        bool ranks = _rank && row.Label >= 0;
        Thresholds.LabelLow[slot] = ranks ? ErrorBound.Below(row.LabelLogit - labelError - error) : float.PositiveInfinity;
        Thresholds.LabelHigh[slot] = ranks ? ErrorBound.AtLeast(row.LabelLogit + labelError + error) : float.PositiveInfinity;
        Thresholds.CandidateLow[slot] = _candidates.IsWanted ? ErrorBound.Below(row.Floor - error) : float.PositiveInfinity;
        float wake = Math.Min(Thresholds.LabelLow[slot], Thresholds.CandidateLow[slot]);
        Thresholds.Wake[slot] = wake;
        Screening?.SetThreshold(slot, _group, wake);
    }
}
