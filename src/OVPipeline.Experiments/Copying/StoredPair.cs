using System.Runtime.InteropServices;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// A pair of factors as a part of an experiment keeps it: single-precision values as bytes, so that they come back bit for bit.
/// </summary>
/// <param name="Width">d_model.</param>
/// <param name="Rank">The rank.</param>
/// <param name="A">[d_model, r], row by row.</param>
/// <param name="B">[r, d_model], row by row.</param>
public sealed record StoredPair(int Width, int Rank, ReadOnlyMemory<byte> A, ReadOnlyMemory<byte> B)
{
    /// <summary>A pair, to be kept.</summary>
    /// <param name="pair">[d_model, r][r, d_model].</param>
    public static StoredPair Of(FactoredMatrix pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        return new(pair.Rows, pair.Rank, MemoryMarshal.AsBytes(pair.A.Values).ToArray(), MemoryMarshal.AsBytes(pair.B.Values).ToArray());
    }

    /// <summary>The pair that was kept, [d_model, r][r, d_model].</summary>
    /// <exception cref="ArgumentException">There are not as many values as its shape has.</exception>
    public FactoredMatrix ToFactors() => new(new(Width, Rank, Floats(A)), new(Rank, Width, Floats(B)));

    private static float[] Floats(ReadOnlyMemory<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray();
}
