using System.Numerics;

namespace OVPipeline.Core;

/// <summary>
/// A block of rows of all parts on its way through the panels: packed strips, for each sum and row two thresholds and a count, and the
/// decisions that single precision leaves open.
/// </summary>
/// <remarks>
/// A sum's logit is its parts' logits, each a chain in single precision, added up in order. With E_p the bound on part p's chain
/// (<see cref="ErrorBound"/>) it is off from the exact one by at most <c>sum of E_p, plus (n - 1) u times the sum of |h_p| |g_p| + E_p</c>:
/// each of the n - 1 additions rounds by u of what it leaves. What lies further from the label's logit in double is decided; the rest is
/// taken in double, and where that does not do, exactly, as <see cref="ExactLogits"/> does for one circuit.
/// </remarks>
internal sealed unsafe class SumBlock
{
    private const double SingleUnit = 1.0 / (1 << 24);

    private readonly SumColumns _columns;
    private readonly int[][] _sums;
    private readonly int _capacity, _deepest;
    private readonly bool _isFused;
    private readonly KernelBuffer[] _strips;
    private readonly KernelBuffer _thresholds, _zeros, _parts, _partCounts, _tiles;
    private readonly int[] _firstParts;
    private readonly ExactSum _difference;
    private readonly float*[] _rows; // of each part, the first row of the block

    // By part and slot: norm, error weight with the unit of rounding in it, and the label's logit in double.
    private readonly double[] _norms, _weights, _labelLogits;
    private readonly bool[] _isHuge;

    /// <summary>Room for a number of rows, a whole number of strips.</summary>
    public SumBlock(SumColumns columns, int[][] sums, bool isFused, int capacity, int deepest)
    {
        _isFused = isFused;
        _deepest = deepest;
        Open = new(sums, columns.Parts.Length, capacity / ScoringBlock.TileRows, deepest);
        _columns = columns;
        _sums = sums;
        _capacity = capacity;
        _strips = [.. columns.Parts.ToArray().Select(part => new KernelBuffer(checked(capacity * part.Depth)))];
        _thresholds = new(checked(3 * sums.Length * capacity));
        _tiles = new(checked(capacity * columns.Width * columns.Parts.Length));
        _zeros = new(columns.Parts.ToArray().Max(part => part.Depth));
        _difference = new(2 * columns.Parts.ToArray().Sum(part => part.Depth));
        _rows = new float*[_strips.Length];
        _norms = new double[_strips.Length * capacity];
        _weights = new double[_norms.Length];
        _labelLogits = new double[_norms.Length];
        _isHuge = new bool[capacity];
        int[] parts = [.. sums.SelectMany(sum => sum)], counts = [.. sums.Select(sum => sum.Length)];
        _parts = new(parts.Length);
        _partCounts = new(counts.Length);
        parts.CopyTo(new Span<int>(_parts.Pointer, parts.Length));
        counts.CopyTo(new Span<int>(PartCounts, counts.Length));
        _firstParts = [.. counts.Select((_, sum) => counts[..sum].Sum())];
    }

    /// <summary>Rows in the block.</summary>
    public int Count { get; private set; }

    /// <summary>The token of the first row: a row's label is its own token.</summary>
    public int First { get; private set; }

    /// <summary>Strips in the block.</summary>
    public int StripCount => (Count + ScoringBlock.TileRows - 1) / ScoringBlock.TileRows;

    /// <summary>The packed rows of a part.</summary>
    public float* Strips(int part) => _strips[part].Pointer;

    /// <summary>Room for a tile of each strip of every part, part by part.</summary>
    public float* Tiles => _tiles.Pointer;

    /// <summary>The columns.</summary>
    public SumColumns Columns => _columns;

    /// <summary>Which sums are still counted in which strips.</summary>
    public OpenSums Open { get; }

    /// <summary>The parts of a sum.</summary>
    public int* PartsOf(int sum) => (int*)_parts.Pointer + _firstParts[sum];

    /// <summary>By sum, how many parts it has.</summary>
    public int* PartCounts => (int*)_partCounts.Pointer;

    /// <summary>By sum and row of a strip: at or below it a column certainly comes after the label.</summary>
    public float* Low(int strip) => _thresholds.Pointer + (nint)strip * _sums.Length * ScoringBlock.TileRows;

    /// <summary>By sum and row of a strip: above it a column certainly comes before the label.</summary>
    public float* High(int strip) => Low(strip) + (nint)_sums.Length * _capacity;

    /// <summary>By sum and row of a strip: columns found so far that come before the label.</summary>
    public int* Counts(int strip) => (int*)(High(strip) + (nint)_sums.Length * _capacity);

    /// <summary>Begins with new rows: those of all parts for tokens from <paramref name="first"/> on.</summary>
    public void Load(float*[] matrices, int first, int count)
    {
        (First, Count) = (first, count);
        Open.Begin(StripCount);
        new Span<float>(Low(0), 2 * _sums.Length * _capacity).Fill(float.PositiveInfinity);
        Span<double> largest = stackalloc double[_capacity];
        largest.Clear();
        for (int part = 0; part < _rows.Length; part++)
        {
            int depth = _columns.Parts[part].Depth;
            _rows[part] = matrices[part] + (nint)first * depth;
            for (int slot = 0; slot < count; slot++)
            {
                Measure(part, slot, depth);
                largest[slot] += Math.Max(1, _columns.Parts[part].LargestNorm) * _norms[At(part, slot)];
            }
        }
        for (int slot = 0; slot < count; slot++)
            _isHuge[slot] = largest[slot] > ErrorBound.LargestSafe;
        new Span<int>(Counts(0), _sums.Length * _capacity).Fill(int.MaxValue);
        for (int sum = 0; sum < _sums.Length; sum++)
            for (int slot = 0; slot < count; slot++)
                if (LabelOf(sum, slot).Size > 0)
                    Counts(0)[PlaceOf(sum, slot)] = 0; // all others have no columns to count
        for (int part = 0; part < _rows.Length; part++)
            Pack(part, _columns.Parts[part].Depth);
    }

    /// <summary>Sets the thresholds for a group of panels.</summary>
    public void BeginGroup(int group)
    {
        for (int strip = 0; strip < StripCount; strip++)
            foreach (int sum in Open.Of(strip))
                for (int slot = strip * ScoringBlock.TileRows; slot < Math.Min(Count, (strip + 1) * ScoringBlock.TileRows); slot++)
                    SetThresholds(sum, slot, group);
    }

    private void SetThresholds(int sum, int slot, int group)
    {
        var (label, labelError, _) = LabelOf(sum, slot);
        int place = PlaceOf(sum, slot);
        bool isCounted = Counts(0)[place] < _deepest;
        double error = labelError + (_isHuge[slot] ? double.PositiveInfinity : ErrorOf(sum, slot, group));
        Low(0)[place] = isCounted ? ErrorBound.Below(label - error) : float.PositiveInfinity;
        High(0)[place] = isCounted ? ErrorBound.AtLeast(label + error) : float.PositiveInfinity;
    }

    /// <summary>Decides the columns that single precision leaves open; the label's own may be among them.</summary>
    public void Decide(int sum, int slot, int panel, ulong undecided)
    {
        int label = First + slot;
        for (; undecided != 0; undecided &= undecided - 1)
        {
            int token = panel * _columns.Width + BitOperations.TrailingZeroCount(undecided);
            if (token != label && ComesBefore(sum, slot, token, label))
                Counts(0)[PlaceOf(sum, slot)]++;
        }
    }

    /// <summary>Writes the ranks of the block's rows.</summary>
    public void Write(IReadOnlyList<int[]> ranks)
    {
        for (int sum = 0; sum < _sums.Length; sum++)
            for (int slot = 0; slot < Count; slot++)
            {
                int before = LabelOf(sum, slot).Size == 0 ? First + slot : Counts(0)[PlaceOf(sum, slot)];
                ranks[sum][First + slot] = 1 + Math.Min(before, _deepest);
            }
    }

    private bool ComesBefore(int sum, int slot, int token, int label)
    {
        if (Tie(sum, token, label))
            return token < label;
        double logit = 0;
        foreach (int part in _sums[sum])
            logit += Logit(part, slot, token);
        var (labelLogit, error, _) = LabelOf(sum, slot);
        if (Math.Abs(logit - labelLogit) > 2 * error)
            return logit > labelLogit;
        int sign = SignOfDifference(sum, slot, token, label);
        return sign > 0 || (sign == 0 && token < label);
    }

    private bool Tie(int sum, int token, int label)
    {
        foreach (int part in _sums[sum])
            if (_columns.Parts[part].Classes[token] != _columns.Parts[part].Classes[label])
                return false;
        return true;
    }

    private int SignOfDifference(int sum, int slot, int token, int label)
    {
        _difference.Clear();
        foreach (int part in _sums[sum])
        {
            int depth = _columns.Parts[part].Depth;
            float* row = _rows[part] + (nint)slot * depth, a = _columns.Column(part, token), b = _columns.Column(part, label);
            for (int k = 0; k < depth; k++, a += _columns.Width, b += _columns.Width)
            {
                _difference.Add((double)row[k] * *a);
                _difference.Add(-((double)row[k] * *b));
            }
        }
        return _difference.Sign;
    }

    // A product of two single-precision numbers is exact in double, so only sums round.
    private double Logit(int part, int slot, int token)
    {
        int depth = _columns.Parts[part].Depth;
        float* row = _rows[part] + (nint)slot * depth, column = _columns.Column(part, token);
        double even = 0, odd = 0;
        int k = 0;
        for (; k + 2 <= depth; k += 2, column += 2 * _columns.Width)
        {
            even += (double)row[k] * column[0];
            odd += (double)row[k + 1] * column[_columns.Width];
        }
        return k < depth ? even + odd + (double)row[k] * *column : even + odd;
    }

    // The label's logit in double, how far any logit in double may be from the exact one, and |h| |g| of the longest columns.
    private (double Logit, double Error, double Size) LabelOf(int sum, int slot)
    {
        double logit = 0, size = 0;
        int depth = 0;
        foreach (int part in _sums[sum])
        {
            logit += _labelLogits[At(part, slot)];
            size += _norms[At(part, slot)] * _columns.Parts[part].LargestNorm;
            depth += _columns.Parts[part].Depth;
        }
        return (logit, size * ErrorBound.Double(depth), size);
    }

    private double ErrorOf(int sum, int slot, int group)
    {
        double error = 0, size = 0;
        foreach (int part in _sums[sum])
        {
            var columns = _columns.Parts[part];
            double own = _weights[At(part, slot)] * columns.Weights[group] + ErrorBound.Underflow(columns.Depth);
            error += own;
            size += own + _norms[At(part, slot)] * columns.Norms[group];
        }
        int additions = _sums[sum].Length - 1;
        return error + additions * SingleUnit * (1 + 2 * additions * SingleUnit) * size;
    }

    private void Measure(int part, int slot, int depth)
    {
        float* row = _rows[part] + (nint)slot * depth;
        double squares = 0, weighted = 0;
        for (int k = 0; k < depth; k++)
        {
            double square = (double)row[k] * row[k];
            squares += square;
            weighted += (depth - k) * square;
        }
        _norms[At(part, slot)] = ErrorBound.Norm(squares);
        _weights[At(part, slot)] = ErrorBound.Norm(weighted) * ErrorBound.Single(depth, _isFused);
        _labelLogits[At(part, slot)] = Logit(part, slot, First + slot);
    }

    // Rows of which single precision could overflow are zeros here, and their thresholds let everything through.
    private void Pack(int part, int depth)
    {
        float* strip = Strips(part);
        for (int slot = 0; slot < Count; slot += ScoringBlock.TileRows, strip += ScoringBlock.TileRows * depth)
            FloatPacking.Interleave(Row(slot), Row(slot + 1), Row(slot + 2), Row(slot + 3), depth, ScoringBlock.TileRows, strip);

        float* Row(int slot) => slot < Count && !_isHuge[slot] ? _rows[part] + (nint)slot * depth : _zeros.Pointer;
    }

    // By strip, then sum, then row of the strip: as the sweep reads thresholds.
    private int PlaceOf(int sum, int slot)
    {
        const int Rows = ScoringBlock.TileRows;
        return (((slot / Rows * _sums.Length) + sum) * Rows) + (slot % Rows);
    }

    private int At(int part, int slot) => part * _capacity + slot;
}
