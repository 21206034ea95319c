using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Logits in double precision on a device, with the terms in the CPU engine's order: products of two single-precision numbers are exact,
/// so that the sums have its bits.
/// </summary>
internal static class DoubleLogits
{
    // Sums that run side by side, as the CPU engine's: term k goes to sum k mod 4, the rest after the last four to sum 0.
    private const int Lanes = 4;

    /// <summary>Dot products of rows with columns, [n], a part at a time.</summary>
    /// <param name="rows">H [m, r].</param>
    /// <param name="chosen">The row of each product, [n].</param>
    /// <param name="columns">The columns.</param>
    /// <param name="tokens">The column of each product, [n].</param>
    /// <param name="memory">Counts what is taken.</param>
    /// <param name="most">Products at a time.</param>
    /// <param name="cancellationToken">Checked for every part.</param>
    public static torch.Tensor Of(
        torch.Tensor rows,
        torch.Tensor chosen,
        DeviceColumns columns,
        torch.Tensor tokens,
        DeviceMemory memory,
        int most,
        CancellationToken cancellationToken)
    {
        long count = chosen.shape[0];
        var logits = memory.Hold(torch.empty(count, torch.float64, rows.device));
        for (long from = 0; from < count; from += most)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var frame = memory.Begin();
            long part = Math.Min(most, count - from);
            var h = memory.Hold(rows.index_select(0, chosen.narrow(0, from, part)));
            logits.narrow(0, from, part).copy_(Dots(h, columns.Gather(tokens.narrow(0, from, part)), memory));
        }
        return logits;
    }

    // Of rows h and g, [n, r] each: (s0 + s1) + (s2 + s3).
    private static torch.Tensor Dots(torch.Tensor h, torch.Tensor g, DeviceMemory memory)
    {
        var products = memory.Hold(h.to(torch.float64));
        products.mul_(memory.Hold(g.to(torch.float64)));
        long rank = h.shape[1];
        long whole = rank / Lanes * Lanes;
        var sums = memory.Hold(torch.zeros([h.shape[0], Lanes], torch.float64, h.device));
        for (long k = 0; k < whole; k += Lanes)
            sums.add_(products.narrow(1, k, Lanes), Scalars.One);
        for (long k = whole; k < rank; k++)
            sums.select(1, 0).add_(products.select(1, k), Scalars.One);
        sums.narrow(1, 0, 1).add_(sums.narrow(1, 1, 1), Scalars.One);
        sums.narrow(1, 2, 1).add_(sums.narrow(1, 3, 1), Scalars.One);
        return sums.select(1, 0).add_(sums.select(1, 2), Scalars.One);
    }
}
