namespace OVPipeline.Core;

/// <summary>
/// One width of SIMD: an empty struct that tells the JIT which instructions a kernel's one source becomes. Multiply-add is fused at
/// every width, so a kernel gives the same bits at each of them.
/// </summary>
/// <typeparam name="TVector">A register of single-precision lanes.</typeparam>
internal unsafe interface ISimd<TVector> where TVector : unmanaged
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Lanes { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector left, TVector right);

    /// <summary><c>left right + sum</c>, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector sum);

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
