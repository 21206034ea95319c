using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace OVPipeline.Tests.Common;

/// <summary>
/// llama.cpp's own libraries, as the package LLamaSharp.Backend.Cpu has them; the project that is built with this names their folder.
/// </summary>
internal static class LlamaRuntime
{
    private static readonly Lazy<(Dictionary<string, nint> Libraries, string? Reason)> s_loaded = new(Load);

    /// <summary>Why there are none for this machine, a sentence; null where there are.</summary>
    public static string? Missing => s_loaded.Value.Reason;

    /// <summary>An exported function of one of them (<c>llama</c>, <c>ggml-base</c>, ...).</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public static nint Export(string library, string name) => Missing is { } reason
        ? throw new InvalidOperationException(reason)
        : NativeLibrary.GetExport(s_loaded.Value.Libraries[library], name);

    private static (Dictionary<string, nint>, string?) Load()
    {
        var libraries = new Dictionary<string, nint>();
        string? runtimes = typeof(LlamaRuntime).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => attribute.Key == "LlamaRuntimes")?.Value;
        if (runtimes is null || !Directory.Exists(runtimes))
            return (libraries, "llama.cpp's library is not there: the package LLamaSharp.Backend.Cpu was not restored.");
        string folder = Path.Combine(runtimes, Platform());
        foreach (string name in new[] { "ggml-base", "ggml-cpu", "ggml", "llama" }) // each needs those before it
        {
            string file = Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.dll" : $"lib{name}.so");
            if (!NativeLibrary.TryLoad(file, out nint handle))
                return (libraries, $"llama.cpp's library cannot be loaded on this machine: {Path.GetFileName(file)} of {Platform()}.");
            libraries[name] = handle;
        }
        return (libraries, null);
    }

    private static string Platform()
    {
        string system = OperatingSystem.IsWindows() ? "win" : "linux";
        return RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? $"{system}-arm64/native"
            : $"{system}-x64/native/{Instructions()}";
    }

    private static string Instructions()
    {
        if (Avx512F.VL.IsSupported && Avx512CD.IsSupported && Avx512DQ.IsSupported && Avx512BW.IsSupported)
            return "avx512";
        return Avx2.IsSupported ? "avx2" : "noavx";
    }
}
