namespace OVPipeline.Core;

/// <summary>
/// What the micro-kernel needs of one width of SIMD: an empty struct that tells the JIT which instructions the one source becomes. What a
/// lane holds is the struct's own affair: a single-precision number (<see cref="ISimd{TVector}"/>), or four bytes
/// (<see cref="IByteSimd{TVector}"/>).
/// </summary>
/// <typeparam name="TVector">A register of 32-bit lanes.</typeparam>
internal unsafe interface ITileSimd<TVector> where TVector : unmanaged
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Lanes { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    static abstract TVector Broadcast(float value);

    /// <summary><c>left right + sum</c>.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector sum);
}
