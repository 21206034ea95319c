using System.Runtime.InteropServices;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Loads libtorch before TorchSharp does. TorchSharp's native library asks for a newer C++ library than some systems have (Debian 12,
/// Ubuntu 22.04), for the sake of one symbol that it never uses; there, a copy is loaded that asks for it weakly.
/// </summary>
public static class TorchLibrary
{
    private const string Native = "LibTorchSharp";

    private static readonly Lazy<TorchUnavailableException?> Failure = new(Load);

    /// <summary>Loads libtorch, once in a process: call it before anything of TorchSharp.</summary>
    /// <exception cref="TorchUnavailableException">It is not there, or the system's libraries are too old for it.</exception>
    public static void EnsureLoaded()
    {
        if (Failure.Value is { } failure)
            throw new TorchUnavailableException(failure.Message, failure);
    }

    /// <summary>Loads libtorch, and says why not where that fails.</summary>
    /// <returns>Null where it is loaded, else one sentence.</returns>
    public static string? WhyUnavailable() => Failure.Value?.Message;

    private static TorchUnavailableException? Load()
    {
        try
        {
            if (OperatingSystem.IsLinux())
                LinuxLoader.Load(NativeFolders.Find("libLibTorchSharp.so"));
            else if (!NativeLibrary.TryLoad(Native, typeof(torch).Assembly, null, out _))
                throw NativeFolders.NotThere(Native);
            torch.InitializeDeviceType(DeviceType.CPU);
            return null;
        }
        catch (TorchUnavailableException e)
        {
            return e;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or NotSupportedException
            or TypeInitializationException or IOException or UnauthorizedAccessException)
        {
            string reason = (e.InnerException ?? e).Message.ReplaceLineEndings(" ").TrimEnd('.');
            return new($"libtorch cannot be loaded: {reason}.", e);
        }
    }
}
