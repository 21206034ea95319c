namespace OVPipeline.Core;

/// <summary>
/// The screening of a block's tiles by sums of products of bytes, at a third of the cost of single precision: what these rule out,
/// rounding included, need not be summed again. A strip's tiles of a group are screened where most of them were ruled out last time;
/// where they were not, it waits longer each time before it tries again. Results do not depend on it.
/// </summary>
internal sealed unsafe class TileScreening
{
    /// <summary>Sums of fewer terms are not worth it: of 32, bytes take 8 steps, and looking at a tile costs about as much.</summary>
    public const int LeastDepth = 32;

    /// <summary>
    /// Fewer rows are not worth rounding all columns for: that goes value by value, each in the time of some hundred multiply-adds.
    /// </summary>
    public const int LeastRows = 256;

    /// <summary>What a tile costs, in tiles of single precision: a quarter of the steps, and a look at its end.</summary>
    public const double TileCost = 0.35;

    // Screening that leaves a share s of the tiles costs 0.35 + s of summing them all: it pays below 0.65. From a half on it is left off
    // for 1, 3 and then 7 groups, so that what it costs in vain goes towards 0.35 / 8 of the work.
    private const double WorthwhileShare = 0.5;
    private const int LongestPause = 7;

    private const int StripRows = ScoringBlock.TileRows;

    private readonly ByteColumns _columns;
    private readonly KernelBuffer _strips, _thresholds;
    private readonly double[] _scales, _errors, _norms;
    private readonly bool[] _marks;
    private readonly int[] _marked, _pauses, _lastPauses;

    /// <summary>Room for a number of rows, a whole number of strips.</summary>
    public TileScreening(PackedColumns columns, int rows)
    {
        _columns = columns.Bytes;
        _strips = new(checked(rows * Depth));
        _thresholds = new(rows);
        _scales = new double[rows];
        _errors = new double[rows];
        _norms = new double[rows];
        int strips = rows / StripRows;
        _marks = new bool[strips * PackedColumns.GroupPanels];
        _marked = new int[strips];
        _pauses = new int[strips];
        _lastPauses = new int[strips];
    }

    /// <summary>Lanes of a vector.</summary>
    public int Depth => _columns.Depth;

    /// <summary>The columns' panels.</summary>
    public float* Panels => _columns.Panels;

    /// <summary>What the columns' sums start from.</summary>
    public float* Sums => _columns.Sums;

    /// <summary>The packed rows.</summary>
    public float* Strips => _strips.Pointer;

    /// <summary>For each row, an integer in a float's bits: where a sum is at or below it, the logit certainly is of no interest.</summary>
    public float* Thresholds => _thresholds.Pointer;

    /// <summary>Tiles screened since <see cref="Clear"/>.</summary>
    public long Tiles { get; private set; }

    /// <summary>Begins with new rows, of which nothing is of interest yet.</summary>
    public void Clear()
    {
        Tiles = 0;
        Array.Clear(_pauses);
        Array.Clear(_lastPauses);
        new Span<int>(Thresholds, _scales.Length).Fill(int.MaxValue);
    }

    /// <summary>Takes in a row.</summary>
    public void Round(int slot, float* values, int depth, double norm)
    {
        var (halfNorm, largest) = BytePacking.Measure(values, 1, depth);
        double scale = _scales[slot] = BytePacking.ScaleOf(halfNorm, largest, BytePacking.RowLimit, depth);
        float* bytes = Strips + (nint)(slot / StripRows) * StripRows * Depth + slot % StripRows;
        (_errors[slot], _) = BytePacking.Round(values, 1, depth, scale, BytePacking.RowOffset, bytes, StripRows);
        _norms[slot] = scale * norm;
    }

    /// <summary>
    /// Sets above which logit a row is interested in a group's columns: a bound on single precision's error below those that matter.
    /// </summary>
    /// <remarks>
    /// With <c>a h</c> and <c>b g</c> the scaled vectors and e and f what rounding changed in them, the integer sum of bytes S is
    /// <c>(a h + e)(b g + f)</c>: off from <c>a b</c> times the exact logit z by at most <c>E = |a h| |f| + |e| |b g| + |e| |f|</c>. So
    /// where <c>S &lt;= a b wake - E</c>, z is at most <c>wake</c>. Computing the right side in double may be off by 1e-10; but wake is
    /// below what matters by u W(h) W(g) (<see cref="ErrorBound"/>), which in units of 1 / (a b) is at least 2^-24 times 63 times 127:
    /// 5e-4.
    /// </remarks>
    public void SetThreshold(int slot, int group, double wake)
    {
        double e = _errors[slot], f = _columns.Errors[group];
        double bound = _norms[slot] * f + e * _columns.Norms[group] + e * f;
        double threshold = Math.Floor(_scales[slot] * _columns.Scales[group] * wake - bound);
        ((int*)Thresholds)[slot] = ToInteger(threshold);
    }

    /// <summary>Whether a strip's tiles are screened in this group.</summary>
    public bool IsOn(int strip) => _pauses[strip] == 0;

    /// <summary>Whether a tile may be of interest; true where its strip is not screened.</summary>
    public bool MayMatter(int strip, int panel) => !IsOn(strip) || _marks[At(strip, panel)];

    /// <summary>Notes whether a tile may be of interest.</summary>
    public void Mark(int strip, int panel, bool mayMatter)
    {
        _marks[At(strip, panel)] = mayMatter;
        _marked[strip] += mayMatter ? 1 : 0;
        Tiles++;
    }

    /// <summary>Ends a group of panels for a strip that the group mattered to, and decides whether to screen the next one.</summary>
    public void EndGroup(int strip, int panels)
    {
        if (_pauses[strip] > 0)
            _pauses[strip]--;
        else if (_marked[strip] > WorthwhileShare * panels)
            _pauses[strip] = _lastPauses[strip] = Math.Min(LongestPause, 2 * _lastPauses[strip] + 1);
        else
            _lastPauses[strip] = 0;
        _marked[strip] = 0;
    }

    // What is no number, as 0 times infinity, rules nothing out.
    private static int ToInteger(double threshold)
    {
        if (threshold >= int.MaxValue)
            return int.MaxValue;
        return threshold > int.MinValue ? (int)threshold : int.MinValue;
    }

    // Of one group at a time: panel by panel, as the kernel sweeps.
    private int At(int strip, int panel) => panel % PackedColumns.GroupPanels * _marked.Length + strip;
}
