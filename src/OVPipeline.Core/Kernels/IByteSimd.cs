namespace OVPipeline.Core;

/// <summary>
/// One width of SIMD in bytes (<see cref="BytePacking"/>): a multiply-add takes four terms a lane, unsigned bytes of a row times signed
/// ones of a column, into two 16-bit sums of two terms each, or where the machine can into one of 32 bits.
/// </summary>
/// <typeparam name="TVector">A register of lanes of four bytes, or of sums.</typeparam>
internal interface IByteSimd<TVector> : ITileSimd<TVector> where TVector : unmanaged
{
    /// <summary>What sums start from, to take the rows' offset off again.</summary>
    /// <param name="sums">The sums of columns' bytes, two of 16 bits a lane.</param>
    static abstract TVector Begin(TVector sums);

    /// <summary>The largest of each lane of three vectors of sums, two 16-bit sums of a lane added up to 32 bits first.</summary>
    static abstract TVector Largest(TVector a, TVector b, TVector c);

    /// <summary>A bit for each lane where left is above right as 32-bit integers, the first lane lowest.</summary>
    static abstract uint GreaterThan(TVector left, TVector right);
}
