namespace OVPipeline.Core;

/// <summary>
/// One width of SIMD in single precision. Where multiply-add is fused a kernel gives the same bits at every width.
/// </summary>
/// <typeparam name="TVector">A register of single-precision lanes.</typeparam>
internal interface ISimd<TVector> : ITileSimd<TVector> where TVector : unmanaged
{
    /// <summary>Whether a multiply-add rounds once; else its product is rounded too.</summary>
    static virtual bool IsFused => true;

    /// <summary>Whether multiply-add is emulated, and NaN where it would take long (<see cref="Emulated128"/>).</summary>
    static virtual bool IsEmulated => false;

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
