using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Numbers for libtorch. TorchSharp passes on a Scalar's memory without keeping the object alive, so one that is made for a call (as
/// <c>x.add_(y)</c> makes a 1) may be finalized within it: these are held, and others are to be disposed of after the call.
/// </summary>
internal static class Scalars
{
    public static readonly Scalar One = 1, Zero = 0, MinusInfinity = float.NegativeInfinity;
}
