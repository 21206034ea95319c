using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>A GGUF file's tokenizer as llama.cpp reads it, vocabulary only.</summary>
internal sealed unsafe class LlamaVocabulary : IDisposable
{
    private static volatile string s_error = "";
    private readonly nint _model;
    private readonly nint _vocabulary;

    public LlamaVocabulary(string path)
    {
        ((delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<int, byte*, void*, void>, void*, void>)LlamaLibrary.Llama("llama_log_set"))(
            &Log, null);
        var parameters = ((delegate* unmanaged[Cdecl]<ModelParameters>)LlamaLibrary.Llama("llama_model_default_params"))();
        parameters.VocabularyOnly = 1;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            _model = ((delegate* unmanaged[Cdecl]<byte*, ModelParameters, nint>)LlamaLibrary.Llama("llama_model_load_from_file"))(
                name, parameters);
        }
        Assert.True(_model != 0, $"llama.cpp does not load {path}: {s_error}");
        _vocabulary = ((delegate* unmanaged[Cdecl]<nint, nint>)LlamaLibrary.Llama("llama_model_get_vocab"))(_model);
    }

    public void Dispose() => ((delegate* unmanaged[Cdecl]<nint, void>)LlamaLibrary.Llama("llama_model_free"))(_model);

    /// <summary>Ids of a text without a mark before it; marks in it are found.</summary>
    public int[] Encode(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + '\0');
        int[] ids = new int[bytes.Length + 16];
        fixed (byte* from = bytes)
        fixed (int* to = ids)
        {
            int count = ((delegate* unmanaged[Cdecl]<nint, byte*, int, int*, int, byte, byte, int>)LlamaLibrary.Llama("llama_tokenize"))(
                _vocabulary, from, bytes.Length - 1, to, ids.Length, 0, 1);
            Assert.InRange(count, 0, ids.Length);
            return ids[..count];
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Log(int level, byte* text, void* data)
    {
        string line = Marshal.PtrToStringUTF8((nint)text) ?? "";
        if (line.Contains("error", StringComparison.Ordinal))
            s_error = line;
    }

    // llama_model_params of the version that the package has: 64 bytes of pointers and numbers, then flags, of which this is the first.
    [StructLayout(LayoutKind.Explicit, Size = 72)]
    private struct ModelParameters
    {
        [FieldOffset(0)]
        public nint Devices;

        [FieldOffset(64)]
        public byte VocabularyOnly;
    }
}
