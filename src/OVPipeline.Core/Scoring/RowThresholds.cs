namespace OVPipeline.Core;

/// <summary>What the kernels compare a block's logits with, a value for each row.</summary>
/// <param name="rows">Rows.</param>
internal sealed unsafe class RowThresholds(int rows)
{
    private readonly KernelBuffer _values = new((6 + Screening.Choices) * rows);

    /// <summary>A row needs a closer look where one of its logits is above this.</summary>
    public float* Wake => _values.Pointer;

    /// <summary>At or below it a column certainly comes after the label.</summary>
    public float* LabelLow => Wake + rows;

    /// <summary>Above it a column certainly comes before the label.</summary>
    public float* LabelHigh => LabelLow + rows;

    /// <summary>At or below it a column certainly is not among the highest.</summary>
    public float* CandidateLow => LabelHigh + rows;

    /// <summary>
    /// At or below it part of the way through the sums, less what the rest can add, a column certainly ends below <see cref="Wake"/>.
    /// The rest can add at most the product of the two norms beyond that depth.
    /// </summary>
    public float* Screen => CandidateLow + rows;

    /// <summary>The rows' norms beyond a depth that <see cref="Screening"/> may choose.</summary>
    public float* RestsOf(int choice) => Screen + (2 + choice) * rows;

    /// <summary>Columns found so far that come before the row's label.</summary>
    public int* Counts => (int*)(Screen + rows);

    /// <summary>Begins again: nothing is of interest and nothing counted.</summary>
    public void Clear()
    {
        new Span<float>(Wake, 5 * rows).Fill(float.PositiveInfinity);
        new Span<int>(Counts, rows).Clear();
    }
}
