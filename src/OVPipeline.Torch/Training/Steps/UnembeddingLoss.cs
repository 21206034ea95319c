using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// Cross-entropy of next tokens and its gradients, by hand: a block of rows of logits at a time, in buffers that are used again, so that
/// the logits of a batch are never held. autograd would hold them twice and allocate them anew at each step.
/// </summary>
internal sealed class UnembeddingLoss : IDisposable
{
    // Logits of a block: 4 MiB of floats, so that the processor's caches still hold them after the product, for softmax and product back.
    private const int BlockValues = 1 << 20;

    // Rows of a block: a multiple of 64, so that products have whole tiles; not all of a batch where the vocabulary is small.
    private const int MostRows = 1024;
    private const int FewestRows = 64;

    private readonly int _threads;
    private readonly bool _halfPrecision;
    private readonly Tensor _logits;

    /// <summary>Buffers for batches of a number of rows.</summary>
    /// <param name="rows">B T.</param>
    /// <param name="dModel">Width of the residual stream.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="threads">Threads for the softmax.</param>
    /// <param name="halfPrecision">Whether products are of bfloat16 numbers, summed in single precision.</param>
    public UnembeddingLoss(int rows, int dModel, int vocabulary, int threads, bool halfPrecision = false)
    {
        _threads = threads;
        _halfPrecision = halfPrecision;
        int block = Math.Clamp(BlockValues / vocabulary / FewestRows * FewestRows, FewestRows, MostRows);
        _logits = zeros(Math.Min(block, rows), vocabulary).DetachFromDisposeScope();
        ResidualGradient = zeros(rows, dModel).DetachFromDisposeScope();
        Gradient = zeros(dModel, vocabulary).DetachFromDisposeScope();
        BiasGradient = zeros(vocabulary).DetachFromDisposeScope();
    }

    /// <summary>[B T, d_model]: the gradient of the loss by the residual stream.</summary>
    public Tensor ResidualGradient { get; }

    /// <summary>[d_model, V]: the gradient by W_U.</summary>
    public Tensor Gradient { get; }

    /// <summary>[V]: the gradient by b_U.</summary>
    public Tensor BiasGradient { get; }

    /// <summary>The loss, and its gradients into the properties.</summary>
    /// <param name="residual">[B T, d_model], without a graph.</param>
    /// <param name="w_U">[d_model, V].</param>
    /// <param name="b_U">[V], or null.</param>
    /// <param name="targets">B T ids.</param>
    /// <param name="weights">A weight for each position; the gradient is that of the weighted mean.</param>
    /// <param name="ofUnembedding">Whether gradients by W_U and b_U are wanted.</param>
    /// <returns>The unweighted mean loss, in nats.</returns>
    public double Run(Tensor residual, Tensor w_U, Tensor? b_U, long[] targets, float[] weights, bool ofUnembedding)
    {
        using var noGrad = no_grad();
        int rows = targets.Length, block = (int)_logits.shape[0];
        double total = 0, loss = 0;
        foreach (float weight in weights)
            total += weight;
        using var transposed = w_U.t();
        var type = ScalarType.BFloat16;
        using var half = _halfPrecision ? w_U.to_type(type) : null;
        using var halfTransposed = half?.t();
        for (int first = 0; first < rows; first += block)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(block, rows - first);
            var x = residual.narrow(0, first, count);
            var logits = _logits.narrow(0, 0, count);
            var gradient = ResidualGradient.narrow(0, first, count);
            if (half is null)
                logits.addmm_(x, w_U, 0f, 1f);
            else
                logits.copy_(x.to_type(type).mm(half));
            if (b_U is not null)
                logits.add_(b_U, Scalars.One);
            loss += Softmax(logits, targets, weights, first, 1 / total);
            if (half is null)
                gradient.addmm_(logits, transposed, 0f, 1f);
            else
                gradient.copy_(logits.to_type(type).mm(halfTransposed!));
            if (!ofUnembedding)
                continue;
            var earlier = first == 0 ? Scalars.Zero : Scalars.One;
            if (half is null)
                Gradient.addmm_(x.t(), logits, first == 0 ? 0f : 1f, 1f);
            else
                Gradient.mul_(earlier).add_(x.to_type(type).t().mm(logits.to_type(type)), Scalars.One);
            if (b_U is not null)
                BiasGradient.mul_(earlier).add_(logits.sum(dim: 0), Scalars.One);
        }
        return loss / rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _logits.Dispose();
        ResidualGradient.Dispose();
        Gradient.Dispose();
        BiasGradient.Dispose();
    }

    // Rows of logits become (softmax - one-hot) times the row's weight. Losses are summed in a fixed order.
    private double Softmax(Tensor logits, long[] targets, float[] weights, int first, double scale)
    {
        int rows = (int)logits.shape[0], columns = (int)logits.shape[1];
        var losses = new double[rows];
        void Rows(int from, int to)
        {
            var values = logits.Floats();
            for (int i = from; i < to; i++)
                losses[i] = Row(values.Slice(i * columns, columns), (int)targets[first + i], (float)(weights[first + i] * scale));
        }
        int RowOf(int part) => (int)((long)rows * part / _threads);
        if (_threads == 1)
            Rows(0, rows);
        else
            Parallel.For(
                0,
                _threads,
                new ParallelOptions { MaxDegreeOfParallelism = _threads },
                part => Rows(RowOf(part), RowOf(part + 1)));
        double sum = 0;
        foreach (double loss in losses)
            sum += loss;
        return sum;
    }

    // log sum exp - target logit, of a row that is exponentiated in place: exp(logit - shift), whose sum is given.
    private static double Row(Span<float> logits, int target, float weight)
    {
        double targetLogit = logits[target];
        var (shift, sum) = SoftmaxRow.Exponentiate(logits, null);
        float scale = (float)(weight / sum);
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] *= scale;
        for (int i = vectors.Length * Vector512<float>.Count; i < logits.Length; i++)
            logits[i] *= scale;
        logits[target] -= weight;
        return Math.Log(sum) + shift - targetLogit;
    }
}
