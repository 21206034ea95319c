using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Loads libtorch before TorchSharp does. TorchSharp's native library asks for a newer C++ library than some systems have (Debian 12,
/// Ubuntu 22.04), for the sake of one symbol that it never uses; there, a copy is loaded that asks for it weakly.
/// Its threads sleep while they wait for each other (OMP_WAIT_POLICY, unless it is set), so that programs can share a machine's cores,
/// and on Linux its tensors use memory again, of which the process keeps up to half a GiB (MALLOC_..., unless one of them is set).
/// </summary>
public static class TorchLibrary
{
    private const string Native = "LibTorchSharp", LinuxFile = "libLibTorchSharp.so";

    private static readonly Lazy<TorchUnavailableException?> Failure = new(Load);

    private static int s_isOnDemand;

    /// <summary>
    /// From now on a call of TorchSharp's own finds libtorch where <see cref="EnsureLoaded"/> does, so that it need not be preceded by one
    /// of ours. Loads nothing by itself. An application in C# that refers to the package does this before its first line; one in another
    /// language calls it, since TorchSharp tries once in a process and never again.
    /// </summary>
    public static void LoadOnDemand()
    {
        WaitPolicy.Sleep();
        if (OperatingSystem.IsLinux() && Interlocked.Exchange(ref s_isOnDemand, 1) == 0)
            AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += Resolve;
    }

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

    // Asked only where the runtime has found no library that the dynamic linker takes. What is wrong then, EnsureLoaded says.
    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Native || assembly != typeof(torch).Assembly)
            return 0;
        try
        {
            return LinuxLoader.Load(NativeFolders.Find(LinuxFile));
        }
        catch (Exception e) when (IsAboutLoading(e))
        {
            return 0;
        }
    }

    private static TorchUnavailableException? Load()
    {
        WaitPolicy.Sleep();
        try
        {
            if (OperatingSystem.IsLinux())
                LinuxLoader.Load(NativeFolders.Find(LinuxFile));
            else if (!NativeLibrary.TryLoad(Native, typeof(torch).Assembly, null, out _))
                throw NativeFolders.NotThere(Native);
            torch.InitializeDeviceType(DeviceType.CPU);
            return null;
        }
        catch (TorchUnavailableException e)
        {
            return e;
        }
        catch (TypeInitializationException e) // libtorch is loaded, and still TorchSharp fails: with what it met when it was first called
        {
            return new("TorchSharp was called in this process before OVPipeline.Torch and found no libtorch that it could load, and .NET "
                + $"lets it try only once: call {nameof(TorchLibrary)}.{nameof(LoadOnDemand)}() as the first thing in the program.", e);
        }
        catch (Exception e) when (IsAboutLoading(e))
        {
            string reason = e.Message.ReplaceLineEndings(" ").TrimEnd('.');
            return new($"libtorch cannot be loaded: {reason}.", e);
        }
    }

    private static bool IsAboutLoading(Exception e) => e is TorchUnavailableException or DllNotFoundException or BadImageFormatException
        or NotSupportedException or IOException or UnauthorizedAccessException;
}
