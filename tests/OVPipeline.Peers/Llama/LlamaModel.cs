using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static OVPipeline.Tests.Common.LlamaRuntime;

namespace OVPipeline.Peers;

/// <summary>
/// A GGUF file run by llama.cpp: on the CPU, keys and values kept as singles, without flash attention, so that all that is not in the
/// weights is computed in single precision (but GELU, which ggml looks up in half precision).
/// </summary>
internal sealed unsafe class LlamaModel : IDisposable
{
    private const int Singles = 0, NoPooling = 0, NoFlashAttention = 0; // GGML_TYPE_F32, LLAMA_POOLING_TYPE_NONE, ..._DISABLED

    private static readonly Lock s_gate = new();
    private static volatile string s_error = "";
    private readonly nint _model, _context;

    /// <param name="path">The file.</param>
    /// <param name="context">Positions to make room for.</param>
    /// <param name="threads">Threads to compute on.</param>
    /// <param name="embeddings">Whether to give the final residual stream, which encoders have and no logits.</param>
    /// <exception cref="InvalidOperationException">llama.cpp does not run the file; the message is its own.</exception>
    public LlamaModel(string path, int context, int threads = 1, bool embeddings = false)
    {
        lock (s_gate) // loading logs, and the log has one place
        {
            s_error = "";
            ((delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<int, byte*, void*, void>, void*, void>)Llama("llama_log_set"))(
                &Log, null);
            var model = ((delegate* unmanaged[Cdecl]<ModelParameters>)Llama("llama_model_default_params"))();
            model.Repacks = 0;
            fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
                _model = ((delegate* unmanaged[Cdecl]<byte*, ModelParameters, nint>)Llama("llama_model_load_from_file"))(name, model);
            Require(_model, path);
            var parameters = ((delegate* unmanaged[Cdecl]<ContextParameters>)Llama("llama_context_default_params"))();
            parameters.Context = parameters.Batch = parameters.PhysicalBatch = (uint)context;
            parameters.Threads = parameters.BatchThreads = threads;
            parameters.Pooling = NoPooling;
            parameters.FlashAttention = NoFlashAttention;
            parameters.TypeOfKeys = parameters.TypeOfValues = Singles;
            parameters.Embeddings = embeddings ? (byte)1 : (byte)0;
            _context = ((delegate* unmanaged[Cdecl]<nint, ContextParameters, nint>)Llama("llama_init_from_model"))(_model, parameters);
            Require(_context, path);
        }
        nint vocabulary = ((delegate* unmanaged[Cdecl]<nint, nint>)Llama("llama_model_get_vocab"))(_model);
        Vocabulary = ((delegate* unmanaged[Cdecl]<nint, int>)Llama("llama_vocab_n_tokens"))(vocabulary);
        Width = ((delegate* unmanaged[Cdecl]<nint, int>)Llama("llama_model_n_embd"))(_model);
    }

    /// <summary>Tokens in its vocabulary.</summary>
    public int Vocabulary { get; }

    /// <summary>d_model.</summary>
    public int Width { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        ((delegate* unmanaged[Cdecl]<nint, void>)Llama("llama_free"))(_context);
        ((delegate* unmanaged[Cdecl]<nint, void>)Llama("llama_model_free"))(_model);
    }

    /// <summary>Logits of a new sequence at every position, [positions, vocabulary].</summary>
    public float[] Logits(ReadOnlySpan<int> tokens)
    {
        Forget();
        Run(tokens, 0, all: true);
        return Outputs("llama_get_logits_ith", tokens.Length, Vocabulary);
    }

    /// <summary>The final residual stream of a new sequence, [positions, d_model]; of a model opened for embeddings.</summary>
    public float[] Embeddings(ReadOnlySpan<int> tokens)
    {
        Run(tokens, 0, all: true);
        return Outputs("llama_get_embeddings_ith", tokens.Length, Width);
    }

    /// <summary>The token of the highest logit after each prefix, begun with a prompt.</summary>
    public int[] Greedy(ReadOnlySpan<int> prompt, int count)
    {
        Forget();
        Run(prompt, 0, all: false);
        int[] tokens = new int[count];
        for (int i = 0; i < count; i++)
        {
            float* logits = Output("llama_get_logits_ith", -1);
            tokens[i] = Best(logits);
            if (i < count - 1)
                Run([tokens[i]], prompt.Length + i, all: false);
        }
        return tokens;
    }

    /// <summary>Runs a new sequence, and keeps its last logits alone.</summary>
    public void Process(ReadOnlySpan<int> tokens)
    {
        Forget();
        Run(tokens, 0, all: false);
    }

    private void Forget()
    {
        nint memory = ((delegate* unmanaged[Cdecl]<nint, nint>)Llama("llama_get_memory"))(_context);
        ((delegate* unmanaged[Cdecl]<nint, byte, void>)Llama("llama_memory_clear"))(memory, 1);
    }

    private void Run(ReadOnlySpan<int> tokens, int first, bool all)
    {
        int count = tokens.Length;
        int[] positions = [.. Enumerable.Range(first, count)], sequenceCounts = [.. Enumerable.Repeat(1, count)];
        byte[] wanted = [.. Enumerable.Range(0, count).Select(i => all || i == count - 1 ? (byte)1 : (byte)0)];
        int sequence = 0;
        nint[] sequences = [.. Enumerable.Repeat((nint)(&sequence), count)];
        fixed (int* ids = tokens, at = positions, counts = sequenceCounts)
        fixed (byte* outputs = wanted)
        fixed (nint* of = sequences)
        {
            var batch = new Batch
            {
                Count = count,
                Tokens = (nint)ids,
                Positions = (nint)at,
                SequenceCounts = (nint)counts,
                Sequences = (nint)of,
                Wanted = (nint)outputs,
            };
            int result = ((delegate* unmanaged[Cdecl]<nint, Batch, int>)Llama("llama_decode"))(_context, batch);
            if (result != 0)
                throw new InvalidOperationException($"llama_decode of {count} tokens gave {result}: {s_error}");
        }
    }

    private float[] Outputs(string function, int positions, int width)
    {
        float[] values = new float[positions * width];
        for (int i = 0; i < positions; i++)
            new ReadOnlySpan<float>(Output(function, i), width).CopyTo(values.AsSpan(i * width));
        return values;
    }

    private float* Output(string function, int position)
    {
        float* values = ((delegate* unmanaged[Cdecl]<nint, int, float*>)Llama(function))(_context, position);
        return values == null ? throw new InvalidOperationException($"{function}({position}) gave nothing.") : values;
    }

    private int Best(float* logits)
    {
        int best = 0;
        for (int i = 1; i < Vocabulary; i++)
            if (logits[i] > logits[best])
                best = i;
        return best;
    }

    private static nint Llama(string name) => Export("llama", name);

    private static void Require(nint handle, string path)
    {
        if (handle == 0)
            throw new InvalidOperationException($"llama.cpp does not run {path}: {s_error}");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Log(int level, byte* text, void* data)
    {
        const int Error = 4; // GGML_LOG_LEVEL_ERROR
        if (level == Error)
            s_error += Marshal.PtrToStringUTF8((nint)text);
    }

    // llama_model_params, llama_context_params and llama_batch of include/llama.h at the version that the package has; what is larger
    // here than there is not read.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct ModelParameters
    {
        [FieldOffset(66)]
        public byte Repacks; // use_extra_bufts

        [FieldOffset(120)]
        public long Unused;
    }

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct ContextParameters
    {
        [FieldOffset(0)]
        public uint Context;

        [FieldOffset(4)]
        public uint Batch;

        [FieldOffset(8)]
        public uint PhysicalBatch;

        [FieldOffset(24)]
        public int Threads;

        [FieldOffset(28)]
        public int BatchThreads;

        [FieldOffset(40)]
        public int Pooling;

        [FieldOffset(48)]
        public int FlashAttention;

        [FieldOffset(104)]
        public int TypeOfKeys;

        [FieldOffset(108)]
        public int TypeOfValues;

        [FieldOffset(128)]
        public byte Embeddings;

        [FieldOffset(248)]
        public long Unused;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Batch
    {
        public int Count;
        public nint Tokens, Values, Positions, SequenceCounts, Sequences, Wanted;
    }
}
