using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// llama.cpp itself, as the package LLamaSharp.Backend.Cpu has it: what GGUF files are held against. Tests skip where it has no library for
/// the machine, or that cannot be loaded.
/// </summary>
internal static unsafe class LlamaLibrary
{
    private static readonly Lazy<(Dictionary<string, nint> Libraries, string? Reason)> s_loaded = new(Load);

    /// <summary>An exported function of ggml's base library; skips the test where there is no library.</summary>
    public static nint Ggml(string name) => NativeLibrary.GetExport(Require("ggml-base"), name);

    /// <summary>An exported function of llama.cpp; skips the test where there is no library.</summary>
    public static nint Llama(string name) => NativeLibrary.GetExport(Require("llama"), name);

    /// <summary>Values as ggml dequantises them.</summary>
    public static float[] Dequantize(string type, ReadOnlySpan<byte> blocks, int count)
    {
        var function = (delegate* unmanaged[Cdecl]<byte*, float*, long, void>)Ggml($"dequantize_row_{type}");
        float[] values = new float[count];
        fixed (byte* from = blocks)
        fixed (float* to = values)
            function(from, to, count);
        return values;
    }

    /// <summary>Rows as ggml quantises them.</summary>
    public static byte[] Quantize(uint type, ReadOnlySpan<float> values, int perRow)
    {
        var rowSize = (delegate* unmanaged[Cdecl]<uint, long, nuint>)Ggml("ggml_row_size");
        var function = (delegate* unmanaged[Cdecl]<uint, float*, byte*, long, long, long, float*, nuint>)Ggml("ggml_quantize_chunk");
        int rows = values.Length / perRow;
        byte[] blocks = new byte[(int)rowSize(type, perRow) * rows];
        fixed (float* from = values)
        fixed (byte* to = blocks)
            Assert.Equal((nuint)blocks.Length, function(type, from, to, 0, rows, perRow, null));
        return blocks;
    }

    private static nint Require(string library)
    {
        Assert.SkipWhen(s_loaded.Value.Reason is not null, s_loaded.Value.Reason ?? "");
        return s_loaded.Value.Libraries[library];
    }

    private static (Dictionary<string, nint>, string?) Load()
    {
        var libraries = new Dictionary<string, nint>();
        string? runtimes = typeof(LlamaLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
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
            : $"{system}-x64/native/{(Avx2.IsSupported ? "avx2" : "noavx")}";
    }
}
