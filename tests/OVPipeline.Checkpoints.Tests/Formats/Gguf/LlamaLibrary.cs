using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// llama.cpp itself, as the package LLamaSharp.Backend.Cpu has it: what GGUF files are held against. Tests skip where it has no library for
/// the machine, or that cannot be loaded.
/// </summary>
internal static unsafe class LlamaLibrary
{
    /// <summary>An exported function of ggml's base library; skips the test where there is no library.</summary>
    public static nint Ggml(string name) => Exported("ggml-base", name);

    /// <summary>An exported function of llama.cpp; skips the test where there is no library.</summary>
    public static nint Llama(string name) => Exported("llama", name);

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

    private static nint Exported(string library, string name)
    {
        Assert.SkipWhen(LlamaRuntime.Missing is not null, LlamaRuntime.Missing ?? "");
        return LlamaRuntime.Export(library, name);
    }
}
