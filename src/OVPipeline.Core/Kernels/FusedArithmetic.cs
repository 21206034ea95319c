using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Core;

/// <summary>Whether the machine multiplies and adds with one rounding.</summary>
/// <remarks>
/// Where it does not, as x86 without AVX2, scoring rounds twice, which its error bounds allow for (<see cref="ErrorBound"/>), and so do
/// fits (<see cref="LowRankFit.InstructionSet"/>). <see cref="MatrixProduct"/>, of which circuits are made, has the bits of one rounding
/// anywhere (<see cref="Emulated128"/>).
/// </remarks>
internal static class FusedArithmetic
{
    public static bool IsSupported => Fma.IsSupported || AdvSimd.IsSupported;
}
