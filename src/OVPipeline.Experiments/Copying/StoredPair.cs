using System.Runtime.InteropServices;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A pair of factors as a part of an experiment keeps it: single-precision values as bytes, so that they come back bit for bit.</summary>
/// <param name="Width">d_model.</param>
/// <param name="Rank">The rank.</param>
/// <param name="A">[d_model, r], row by row.</param>
/// <param name="B">[r, d_model], row by row.</param>
internal sealed record StoredPair(int Width, int Rank, byte[] A, byte[] B)
{
    public static StoredPair Of(FactoredMatrix pair) => new(pair.Rows, pair.Rank, MemoryMarshal.AsBytes(pair.A.Values).ToArray(), MemoryMarshal.AsBytes(pair.B.Values).ToArray());

    public FactoredMatrix ToFactors() => new(new(Width, Rank, MemoryMarshal.Cast<byte, float>(A).ToArray()), new(Rank, Width, MemoryMarshal.Cast<byte, float>(B).ToArray()));
}
