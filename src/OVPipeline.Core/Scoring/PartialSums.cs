namespace OVPipeline.Core;

/// <summary>
/// Each row's softmax sums in single-precision lanes: the weights, and their first two moments. They are moved on to double every few
/// panels, before single precision loses digits.
/// </summary>
/// <param name="rows">Rows.</param>
/// <param name="lanes">Lanes of a vector.</param>
/// <param name="moments">Whether there are moments; else they stay zero.</param>
internal sealed unsafe class PartialSums(int rows, int lanes, bool moments)
{
    private readonly KernelBuffer _sums = new(3 * rows * lanes);

    /// <summary>The lanes of a row's weights, then of the first and of the second moment.</summary>
    public float* Of(int slot) => _sums.Pointer + 3 * slot * lanes;

    /// <summary>Moves a row's sums on to double.</summary>
    public void Flush(ref RowState row, int slot)
    {
        float* sums = Of(slot);
        double total = 0, first = 0, second = 0;
        for (int lane = 0; lane < lanes; lane++)
        {
            total += sums[lane];
            if (!moments)
                continue;
            first += sums[lanes + lane];
            second += sums[2 * lanes + lane];
        }
        if (total == 0)
            return;
        row.Softmax.Add(total, first, second);
        new Span<float>(sums, 3 * lanes).Clear();
    }
}
