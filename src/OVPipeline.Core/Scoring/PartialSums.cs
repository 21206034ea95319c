namespace OVPipeline.Core;

/// <summary>
/// Each row's softmax sums in single-precision lanes: the weights, their first two moments, and the weights at inverse temperature 1. They
/// are moved on to double every few panels, before single precision loses digits.
/// </summary>
/// <param name="rows">Rows.</param>
/// <param name="lanes">Lanes of a vector.</param>
/// <param name="moments">Whether there are moments; else they stay zero.</param>
/// <param name="natural">Whether there are weights at inverse temperature 1 beside the others.</param>
internal sealed unsafe class PartialSums(int rows, int lanes, bool moments, bool natural)
{
    private const int Kinds = 4;

    private readonly KernelBuffer _sums = new(Kinds * rows * lanes);

    /// <summary>The lanes of a row's weights, then of the first and of the second moment, then of the weights at 1.</summary>
    public float* Of(int slot) => _sums.Pointer + Kinds * slot * lanes;

    /// <summary>Moves a row's sums on to double.</summary>
    public void Flush(ref RowState row, int slot)
    {
        float* sums = Of(slot);
        double total = 0, first = 0, second = 0, atOne = 0;
        for (int lane = 0; lane < lanes; lane++)
        {
            total += sums[lane];
            atOne += natural ? sums[3 * lanes + lane] : 0;
            if (!moments)
                continue;
            first += sums[lanes + lane];
            second += sums[2 * lanes + lane];
        }
        if (total == 0)
            return;
        row.Softmax.Add(total, first, second);
        row.Natural.Add(atOne, 0, 0);
        new Span<float>(sums, Kinds * lanes).Clear();
    }
}
