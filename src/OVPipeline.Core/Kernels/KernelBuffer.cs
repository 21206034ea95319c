namespace OVPipeline.Core;

/// <summary>Memory for packed operands: never moved by the garbage collector, aligned to a cache line, filled with zeros.</summary>
internal sealed unsafe class KernelBuffer
{
    private const int LineBytes = 64, LineFloats = LineBytes / sizeof(float);

    private readonly float[] _array; // keeps the memory alive

    /// <summary>Room for a number of values.</summary>
    public KernelBuffer(int length)
    {
        _array = GC.AllocateArray<float>(checked(length + LineFloats), pinned: true);
        fixed (float* start = _array)
            Pointer = (float*)(((nint)start + LineBytes - 1) & ~(nint)(LineBytes - 1));
    }

    /// <summary>The first value; valid while this object is alive (<see cref="GC.KeepAlive"/>).</summary>
    public float* Pointer { get; }
}
