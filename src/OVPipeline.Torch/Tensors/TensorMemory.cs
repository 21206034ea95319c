using System.Runtime.InteropServices;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>The memory of tensors on the CPU.</summary>
internal static class TensorMemory
{
    /// <summary>The values of a contiguous float tensor on the CPU, as long as the tensor lives.</summary>
    public static Span<float> Floats(this torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>
    /// A copy of the values of a contiguous tensor on the CPU, whose type is <typeparamref name="T"/>. TorchSharp's own accessor goes
    /// through them one by one.
    /// </summary>
    public static T[] Copied<T>(this torch.Tensor tensor)
        where T : unmanaged
    {
        T[] copy = [.. MemoryMarshal.Cast<byte, T>(tensor.bytes)];
        GC.KeepAlive(tensor);
        return copy;
    }
}
