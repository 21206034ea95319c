#pragma warning disable RS0030 // the one place where a Scalar is made of a number

using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Numbers for libtorch that live as long as it reads them. TorchSharp passes on a Scalar's memory without keeping the object alive, so
/// that one made for a call alone may be finalized within it: libtorch then reads freed memory, and the process may end.
/// </summary>
internal static class Scalars
{
    public static readonly Scalar One = 1, Zero = 0, MinusInfinity = float.NegativeInfinity;

    /// <summary>A whole number, to be held in a field or disposed of after the call.</summary>
    public static Scalar Of(long value) => value;

    /// <summary>A number, to be held in a field or disposed of after the call.</summary>
    public static Scalar Of(double value) => value;
}
