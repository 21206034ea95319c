namespace OVPipeline.Core;

/// <summary>
/// One width of SIMD in single precision. Multiply-add is fused at every width, so a kernel gives the same bits at each of them.
/// </summary>
/// <typeparam name="TVector">A register of single-precision lanes.</typeparam>
internal interface ISimd<TVector> : ITileSimd<TVector> where TVector : unmanaged
{
    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>The larger of each lane; the right one where either is NaN.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary>The nearest integer, halves to even.</summary>
    static abstract TVector Round(TVector value);

    /// <summary>Two to the power of integers in [-126, 127].</summary>
    static abstract TVector PowerOfTwo(TVector exponent);

    /// <summary>A bit for each lane where left is above right, the first lane lowest.</summary>
    static abstract uint GreaterThan(TVector left, TVector right);
}
