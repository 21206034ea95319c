namespace OVPipeline.Core;

/// <summary>Packed columns once more, as bytes: the columns of a group of panels have one scale.</summary>
internal sealed unsafe class ByteColumns
{
    private readonly KernelBuffer _panels, _sums;

    /// <summary>Rounds all columns, in the memory of others of the same shape if there are such.</summary>
    public ByteColumns(PackedColumns columns, ByteColumns? before)
    {
        Depth = BytePacking.DepthOf(columns.Depth);
        _panels = before?._panels ?? new(checked(columns.PanelCount * columns.Width * Depth));
        _sums = before?._sums ?? new(columns.PanelCount * columns.Width);
        Scales = new double[columns.GroupCount];
        Errors = new double[columns.GroupCount];
        Norms = new double[columns.GroupCount];
        Parallel.For(0, columns.GroupCount, group =>
        {
            int first = PackedColumns.FirstOfGroup(group) * columns.Width;
            int end = Math.Min(columns.Vocabulary, columns.EndOfGroup(group) * columns.Width);
            double halfNorm = 0, largest = 0;
            for (int position = first; position < end; position++)
            {
                var (half, value) = BytePacking.Measure(columns.Column(position), columns.Width, columns.Depth);
                halfNorm = Math.Max(halfNorm, half);
                largest = Math.Max(largest, value);
            }
            double scale = Scales[group] = BytePacking.ScaleOf(halfNorm, largest, BytePacking.ColumnLimit, columns.Depth);
            for (int position = first; position < end; position++)
            {
                float* bytes = Panels + (nint)(position / columns.Width) * columns.Width * Depth + position % columns.Width;
                (double error, Sums[position]) = BytePacking.Round(
                    columns.Column(position), columns.Width, columns.Depth, scale, 0, bytes, columns.Width);
                Errors[group] = Math.Max(Errors[group], error);
            }
            Norms[group] = scale * columns.GroupNorms[group];
        });
        GC.KeepAlive(columns);
    }

    /// <summary>Lanes of a column.</summary>
    public int Depth { get; }

    /// <summary>What each group's columns are multiplied with.</summary>
    public double[] Scales { get; }

    /// <summary>Largest norm of each group's scaled columns.</summary>
    public double[] Norms { get; }

    /// <summary>A bound on the norm of what rounding changed in each group's columns.</summary>
    public double[] Errors { get; }

    /// <summary>The panels; valid while this object is alive.</summary>
    public float* Panels => _panels.Pointer;

    /// <summary>For each column the sums of its bytes, two of 16 bits.</summary>
    public float* Sums => _sums.Pointer;
}
