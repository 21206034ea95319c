namespace OVPipeline.Core;

/// <summary>
/// The columns of parts that are added up, packed into panels in the order of tokens, which all parts share: the same place of the same
/// panel is the same token in each of them.
/// </summary>
internal sealed unsafe class SumColumns
{
    // Thresholds are set anew for so many panels: 64 times 48 columns, beside which setting them is a hundredth of the work.
    private const int GroupPanels = 64;

    private readonly Part[] _parts;

    /// <summary>Packs the columns of parts for panels of a width.</summary>
    public SumColumns(IReadOnlyList<TokenCircuit> parts, int width)
    {
        Width = width;
        Vocabulary = parts[0].OutputVocabulary;
        PanelCount = (Vocabulary + width - 1) / width;
        GroupCount = (PanelCount + GroupPanels - 1) / GroupPanels;
        _parts = [.. parts.Select(part => Pack(part.G))];
    }

    /// <summary>Columns of a panel.</summary>
    public int Width { get; }

    /// <summary>Columns in all, V.</summary>
    public int Vocabulary { get; }

    /// <summary>Panels; the last is filled up with zeros.</summary>
    public int PanelCount { get; }

    /// <summary>Groups of panels with one error bound.</summary>
    public int GroupCount { get; }

    /// <summary>The parts.</summary>
    public ReadOnlySpan<Part> Parts => _parts;

    /// <summary>The first panel of a group.</summary>
    public static int FirstOfGroup(int group) => group * GroupPanels;

    /// <summary>The panel after the last of a group.</summary>
    public int EndOfGroup(int group) => Math.Min((group + 1) * GroupPanels, PanelCount);

    /// <summary>A bit for each lane of a panel that holds a column.</summary>
    public ulong Lanes(int panel) => ulong.MaxValue >> (64 - Math.Min(Width, Vocabulary - panel * Width));

    /// <summary>The first value of a part's column; the next ones follow at a distance of <see cref="Width"/>.</summary>
    public float* Column(int part, int token) =>
        _parts[part].Panels.Pointer + (nint)(token / Width) * Width * _parts[part].Depth + token % Width;

    private Part Pack(Matrix g)
    {
        var (squares, weighted, hashes) = PackedColumns.Measure(g);
        double[] norms = new double[GroupCount], weights = new double[GroupCount];
        for (int token = 0; token < Vocabulary; token++)
        {
            int group = token / Width / GroupPanels;
            norms[group] = Math.Max(norms[group], ErrorBound.Norm(squares[token]));
            weights[group] = Math.Max(weights[group], ErrorBound.Norm(weighted[token]));
        }
        var part = new Part(g.Rows, new(checked(PanelCount * Width * g.Rows)), norms, weights, ClassesOf(g, hashes));
        var source = PackSource.ColumnsOf(g);
        Parallel.For(0, PanelCount, panel =>
        {
            int first = panel * Width;
            source.Pack(first, Math.Min(Width, Vocabulary - first), 0, g.Rows, Width, part.Panels.Pointer + (nint)first * g.Rows);
        });
        return part;
    }

    // Equal columns have equal hashes: sorted by them they stand together. Different ones of one hash only end a run early.
    private static int[] ClassesOf(Matrix g, uint[] hashes)
    {
        int[] tokens = [.. Enumerable.Range(0, g.Columns).OrderBy(token => hashes[token])], classes = new int[g.Columns];
        for (int i = 0; i < tokens.Length; i++)
        {
            bool repeats = i > 0 && hashes[tokens[i]] == hashes[tokens[i - 1]] && AreEqual(tokens[i], tokens[i - 1]);
            classes[tokens[i]] = repeats ? classes[tokens[i - 1]] : tokens[i];
        }
        return classes;

        bool AreEqual(int a, int b)
        {
            for (int k = 0; k < g.Rows; k++)
                if (g[k, a] != g[k, b])
                    return false;
            return true;
        }
    }

    /// <summary>A part's columns.</summary>
    /// <param name="Depth">Terms of a dot product, r.</param>
    /// <param name="Panels">The panels; pointers into them are valid while it is alive.</param>
    /// <param name="Norms">Largest norm of each group's columns.</param>
    /// <param name="Weights">Largest error weight of each group's columns (<see cref="ErrorBound"/>).</param>
    /// <param name="Classes">By token: columns of the same class are identical.</param>
    internal sealed record Part(int Depth, KernelBuffer Panels, double[] Norms, double[] Weights, int[] Classes)
    {
        /// <summary>Largest norm of all columns.</summary>
        public double LargestNorm { get; } = Norms.Max();
    }
}
