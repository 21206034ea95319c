using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// Causal scaled dot-product attention on the processor with narrow heads, where libtorch's spends most of its time around the products.
/// Heads and sequences are independent, so the number of threads changes no bit. One differentiation.
/// </summary>
internal sealed class CausalAttention : autograd.SingleTensorFunction<CausalAttention>
{
    /// <inheritdoc/>
    public override string Name => nameof(CausalAttention);

    /// <summary>Weighted values [B, H, T, d_value] of queries and keys [B, H, T, d_head] and values [B, H, T, d_value].</summary>
    public static Tensor Of(Tensor queries, Tensor keys, Tensor values) => apply(queries, keys, values);

    /// <summary>Whether tensors of this kind can be had here.</summary>
    public static bool Supports(Tensor queries) => queries.device_type == DeviceType.CPU && queries.dtype == ScalarType.Float32;

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        // No scope of its own: what is saved is taken over after this returns.
        var (q, k, v) = (ByPosition((Tensor)vars[0]), ByPosition((Tensor)vars[1]), ByPosition((Tensor)vars[2]));
        var output = empty(v.shape);
        var logSums = empty(v.shape[0], v.shape[2], v.shape[1]);
        Forward(q, k, v, output, logSums);
        ctx.save_for_backward([q, k, v, output, logSums]);
        return output.transpose(1, 2);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = CallScope.Holding(grad_output);
        var saved = ctx.get_saved_variables();
        var (q, k, v) = (saved[0], saved[1], saved[2]);
        var (dq, dk, dv) = (empty(q.shape), empty(k.shape), empty(v.shape));
        Backward(q, k, v, saved[3], saved[4], ByPosition(grad_output), dq, dk, dv);
        List<Tensor> gradients = [ByHead(dq), ByHead(dk), ByHead(dv)];
        ctx.save_data(nameof(gradients), gradients); // held by it: libtorch reads them after this has returned
        return gradients;

        static Tensor ByHead(Tensor tensor) => tensor.transpose(1, 2).MoveToOuterDisposeScope();
    }

    // [B, H, T, d] as [B, T, H, d] in memory: what comes from one product and goes into another.
    private static Tensor ByPosition(Tensor tensor) => tensor.transpose(1, 2).contiguous();

    private static void Forward(Tensor q, Tensor k, Tensor v, Tensor output, Tensor logSums)
    {
        Parts parts = new(q), keys = new(k), values = new(v), weighted = new(output);
        ForEachSlice(q, v, (slice, i) => slice.Forward(parts[i], keys[i], values[i], weighted[i], LogSums(logSums, i)));
    }

    private static void Backward(
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor output,
        Tensor logSums,
        Tensor gradient,
        Tensor dq,
        Tensor dk,
        Tensor dv)
    {
        Parts queries = new(q), keys = new(k), values = new(v), weighted = new(output), slopes = new(gradient);
        Parts toQ = new(dq), toK = new(dk), toV = new(dv);
        ForEachSlice(q, v, (slice, i) =>
            slice.Backward(queries[i], keys[i], values[i], weighted[i], LogSums(logSums, i), slopes[i], toQ[i], toK[i], toV[i]));
    }

    // [B, H, T]: a slice's T values.
    private static Span<float> LogSums(Tensor logSums, int slice)
    {
        int length = (int)logSums.shape[2];
        return logSums.Floats().Slice(slice * length, length);
    }

    private static void ForEachSlice(Tensor q, Tensor v, Action<AttentionSlice, int> work)
    {
        int length = (int)q.shape[1];
        int slices = (int)(q.shape[0] * q.shape[2]);
        int threads = get_num_threads();
        int FirstOf(int part) => (int)((long)slices * part / threads);
        void Range(int part)
        {
            using var slice = new AttentionSlice(length, (int)q.shape[3], (int)v.shape[3]);
            for (int i = FirstOf(part); i < FirstOf(part + 1); i++)
                work(slice, i);
        }
        if (threads == 1)
            Range(0);
        else
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, Range);
    }

    /// <summary>
    /// The heads and sequences of a tensor [B, T, H, d], one after the other: slice b H + h starts at element (b T H + h) d, and its rows
    /// lie H d apart.
    /// </summary>
    private readonly unsafe struct Parts(Tensor tensor)
    {
        private readonly float* _first = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.Floats()));
        private readonly int _length = (int)tensor.shape[1], _heads = (int)tensor.shape[2], _width = (int)tensor.shape[3];

        public AttentionSlice.Strided this[int slice] =>
            new((nint)(_first + ((long)(slice / _heads) * _length * _heads + slice % _heads) * _width), _heads * _width, _width);
    }
}
