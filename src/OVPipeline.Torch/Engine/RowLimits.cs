using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>How far rounding can take a row's logits, and whether the device is of use for the row at all.</summary>
/// <param name="Single">Bound on the error of a logit in the device's single precision.</param>
/// <param name="Double">Bound on the error of a logit in double precision.</param>
/// <param name="IsForDevice">
/// False where single precision could overflow or is too coarse for the softmax, and where every logit is zero: such rows are the CPU
/// engine's.
/// </param>
internal readonly record struct RowLimits(double Single, double Double, bool IsForDevice)
{
    /// <summary>Measures a row.</summary>
    public static RowLimits Of(ReadOnlySpan<float> row, DeviceColumns columns, ScoringOptions options)
    {
        int depth = row.Length;
        double squares = 0;
        foreach (float value in row)
            squares += (double)value * value;
        double norm = ErrorBound.Norm(squares);
        double largest = norm * columns.LargestNorm; // no logit is above it (Cauchy and Schwarz)
        bool isHuge = Math.Max(largest, norm) > ErrorBound.LargestSafe;
        bool hasSoftmax = options.LabelLogLoss || options.LogitMoments || options.Probabilities;
        // The CPU engine's rule, of which this bound is about twice.
        double coarse = ScoringBlock.CoarseNats * Math.Sqrt(depth);
        bool isCoarse = hasSoftmax && options.InverseTemperature * Bound(columns.MedianNorm) / 2 > coarse;
        return new(Bound(columns.LargestNorm), ErrorBound.Double(depth) * largest, largest > 0 && !isHuge && !isCoarse);

        double Bound(double columnNorm) =>
            (ErrorBound.SingleInAnyOrder(depth) * norm * columnNorm) + ErrorBound.Flushed(depth, norm, columnNorm);
    }
}
