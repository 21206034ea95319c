namespace OVPipeline.Core;

/// <summary>How wide the kernels' vectors are.</summary>
internal enum SimdWidth
{
    /// <summary>One lane.</summary>
    Scalar,
    /// <summary>4 lanes: Arm64.</summary>
    Bits128,
    /// <summary>8 lanes: AVX2.</summary>
    Bits256,
    /// <summary>16 lanes: AVX-512.</summary>
    Bits512,
    /// <summary>4 lanes without fused multiply-add: x86 without AVX2.</summary>
    Bits128Unfused,
}
