using System.Numerics;

namespace OVPipeline.Core;

/// <summary>
/// Columns as the kernels read them: by falling norm, packed into panels, with what bounds and ties need to know of them.
/// A column's place in that order is its position.
/// </summary>
/// <remarks>
/// <code>
///   positions 0 ... V - 1 by falling norm:
///   | panel 0: Width columns | panel 1 | ... | panel 15 | panel 16 | ...
///   '------------- group 0: one bound, one scale -------' '-- group 1
///
///   a panel in memory:     k = 0: Width values | k = 1: Width values | ...      (FloatPacking's groups)
/// </code>
/// Columns of a group are of about one length, so that a bound with the longest of them loses little.
/// </remarks>
internal sealed unsafe class PackedColumns
{
    /// <summary>Panels whose columns share one error bound and one largest norm.</summary>
    public const int GroupPanels = 16;

    private readonly KernelBuffer _panels;
    private readonly Lazy<ByteColumns> _bytes;

    // In the memory of other columns of the same shape, if there are such.
    private PackedColumns(Matrix g, int width, PackedColumns? before)
    {
        Depth = g.Rows;
        Width = width;
        Vocabulary = g.Columns;
        PanelCount = (Vocabulary + width - 1) / width;
        GroupCount = (PanelCount + GroupPanels - 1) / GroupPanels;
        _panels = before?._panels ?? new(checked(PanelCount * width * Depth));
        var (norms, weights, hashes) = Measure(g);
        Tokens = [.. Enumerable.Range(0, Vocabulary)];
        Array.Sort(Tokens, Compare);
        Positions = new int[Vocabulary];
        GroupNorms = new double[GroupCount];
        GroupWeights = new double[GroupCount];
        for (int position = 0; position < Vocabulary; position++)
        {
            int token = Tokens[position], group = GroupOf(position);
            Positions[token] = position;
            GroupNorms[group] = Math.Max(GroupNorms[group], ErrorBound.Norm(norms[token]));
            GroupWeights[group] = Math.Max(GroupWeights[group], ErrorBound.Norm(weights[token]));
        }
        LargestNorm = GroupNorms.DefaultIfEmpty().First();
        LargestWeight = GroupWeights.DefaultIfEmpty().Max();
        MedianWeight = GroupCount == 0 ? 0 : GroupWeights[GroupCount / 2];
        Pack(g);
        Classes = ClassesOf();
        var bytes = before is { _bytes.IsValueCreated: true } ? before.Bytes : null;
        _bytes = new(() => new(this, bytes));

        // By falling norm; identical columns, which have one norm and one hash, come to stand together in the order of tokens.
        int Compare(int a, int b)
        {
            if (norms[a] != norms[b])
                return norms[b].CompareTo(norms[a]);
            return hashes[a] != hashes[b] ? hashes[a].CompareTo(hashes[b]) : a.CompareTo(b);
        }
    }

    /// <summary>Terms of a dot product, r.</summary>
    public int Depth { get; }

    /// <summary>Columns of a panel.</summary>
    public int Width { get; }

    /// <summary>Columns in all, V.</summary>
    public int Vocabulary { get; }

    /// <summary>Panels; the last is filled up with zeros.</summary>
    public int PanelCount { get; }

    /// <summary>Groups of panels.</summary>
    public int GroupCount { get; }

    /// <summary>The token at each position.</summary>
    public int[] Tokens { get; }

    /// <summary>The position of each token.</summary>
    public int[] Positions { get; }

    /// <summary>For each position, the first one of a run of identical columns: columns of the same class tie with each other.</summary>
    public int[] Classes { get; }

    /// <summary>Largest norm of each group's columns, falling.</summary>
    public double[] GroupNorms { get; }

    /// <summary>Largest error weight of each group's columns (<see cref="ErrorBound"/>).</summary>
    public double[] GroupWeights { get; }

    /// <summary>Largest norm of all columns.</summary>
    public double LargestNorm { get; }

    /// <summary>Largest error weight of all columns.</summary>
    public double LargestWeight { get; }

    /// <summary>Error weight of an ordinary column.</summary>
    public double MedianWeight { get; }

    /// <summary>The panels; valid while this object is alive.</summary>
    public float* Panels => _panels.Pointer;

    /// <summary>The same columns as bytes, made on first use.</summary>
    public ByteColumns Bytes => _bytes.Value;

    /// <summary>Columns packed at a width: made once and kept with them.</summary>
    public static PackedColumns Of(OutputColumns columns, int width) =>
        columns.Prepared(g => new LastPacked(g, columns.TakeBefore<LastPacked>()?.Last)).Of(width);

    /// <summary>The group of a position.</summary>
    public int GroupOf(int position) => position / (Width * GroupPanels);

    /// <summary>The first panel of a group.</summary>
    public static int FirstOfGroup(int group) => group * GroupPanels;

    /// <summary>The panel after the last of a group.</summary>
    public int EndOfGroup(int group) => Math.Min((group + 1) * GroupPanels, PanelCount);

    /// <summary>The first value of a column; the next ones follow at a distance of <see cref="Width"/>.</summary>
    public float* Column(int position) => Panels + (nint)(position / Width) * Width * Depth + position % Width;

    /// <summary>A bit for each lane of a panel that holds a column.</summary>
    public ulong Lanes(int panel) => ulong.MaxValue >> (64 - Math.Min(Width, Vocabulary - panel * Width));

    /// <summary>Of each column: the squared norm, the squared error weight, and a hash that equal columns share.</summary>
    public static (double[] Squares, double[] Weighted, uint[] Hashes) Measure(Matrix g)
    {
        const int ChunkColumns = 2048;
        double[] squares = new double[g.Columns], weighted = new double[g.Columns];
        var hashes = new uint[g.Columns];
        Parallel.For(0, (g.Columns + ChunkColumns - 1) / ChunkColumns, chunk =>
        {
            int from = chunk * ChunkColumns, to = Math.Min(g.Columns, from + ChunkColumns);
            for (int k = 0; k < g.Rows; k++)
            {
                var row = g.Row(k);
                double weight = g.Rows - k;
                for (int j = from; j < to; j++)
                {
                    double square = (double)row[j] * row[j];
                    squares[j] += square;
                    weighted[j] += weight * square;
                    hashes[j] = Hash(hashes[j], row[j]);
                }
            }
        });
        return (squares, weighted, hashes);

        // Multiplicative hashing (Knuth) by 2^32 over the golden ratio. Adding 0 makes a negative zero a zero: they compare as equal.
        static uint Hash(uint hash, float value)
        {
            uint turned = BitOperations.RotateLeft(hash, 5) * 0x9E3779B1;
            return turned ^ BitConverter.SingleToUInt32Bits(value + 0f);
        }
    }

    private void Pack(Matrix g)
    {
        Parallel.For(0, PanelCount, panel =>
        {
            var tokens = Tokens.AsSpan(panel * Width, Math.Min(Width, Vocabulary - panel * Width));
            float* to = Panels + (nint)panel * Width * Depth;
            for (int k = 0; k < Depth; k++, to += Width)
            {
                var row = g.Row(k);
                for (int lane = 0; lane < tokens.Length; lane++)
                    to[lane] = row[tokens[lane]];
            }
        });
    }

    private int[] ClassesOf()
    {
        var classes = new int[Vocabulary];
        for (int position = 1; position < Vocabulary; position++)
            classes[position] = AreEqual(Column(position - 1), Column(position)) ? classes[position - 1] : position;
        return classes;
    }

    // A process packs at one width, and tests at one after the other: no more than one is kept.
    private sealed class LastPacked(Matrix g, PackedColumns? before)
    {
        private readonly Lock _gate = new();
        private PackedColumns? _last, _before = before;

        public PackedColumns? Last => _last;

        public PackedColumns Of(int width)
        {
            lock (_gate)
            {
                if (_last?.Width != width)
                    _last = new(g, width, HasShape(_before, width) ? _before : null);
                _before = null;
                return _last;
            }
        }

        private bool HasShape(PackedColumns? columns, int width) =>
            columns is not null && (columns.Depth, columns.Vocabulary, columns.Width) == (g.Rows, g.Columns, width);
    }

    private bool AreEqual(float* a, float* b)
    {
        for (int k = 0; k < Depth; k++, a += Width, b += Width)
            if (*a != *b)
                return false;
        return true;
    }
}
