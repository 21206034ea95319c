namespace OVPipeline.Core;

/// <summary>What the kernels compare a block's logits with, a value for each row.</summary>
/// <param name="rows">Rows.</param>
internal sealed unsafe class RowThresholds(int rows)
{
    private readonly KernelBuffer _values = new(5 * rows);

    /// <summary>A row needs a closer look where one of its logits is above this.</summary>
    public float* Wake => _values.Pointer;

    /// <summary>At or below it a column certainly comes after the label.</summary>
    public float* LabelLow => Wake + rows;

    /// <summary>Above it a column certainly comes before the label.</summary>
    public float* LabelHigh => LabelLow + rows;

    /// <summary>At or below it a column certainly is not among the highest.</summary>
    public float* CandidateLow => LabelHigh + rows;

    /// <summary>Columns found so far that come before the row's label.</summary>
    public int* Counts => (int*)(CandidateLow + rows);

    /// <summary>Begins again: nothing is of interest and nothing counted.</summary>
    public void Clear()
    {
        new Span<float>(Wake, 4 * rows).Fill(float.PositiveInfinity);
        new Span<int>(Counts, rows).Clear();
    }
}
