using System.Runtime.InteropServices;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>The memory of tensors on the CPU.</summary>
internal static class TensorMemory
{
    /// <summary>The values of a contiguous float tensor on the CPU, as long as the tensor lives.</summary>
    public static Span<float> Floats(this torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
