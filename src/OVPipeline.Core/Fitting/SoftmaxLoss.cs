using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OVPipeline.Core;

/// <summary>Weighted cross-entropy of a batch and its gradient. Logits are held for a block of rows at a time.</summary>
internal sealed class SoftmaxLoss
{
    private const int BlockValues = 1 << 22;

    // exp(-60) is nothing beside the label's share, and keeps products out of the slow denormal range.
    private const float LowestExponent = -60;

    private Matrix _logits = new(0, 0);

    /// <summary>The loss in nats and its gradient with respect to <paramref name="factors"/>, in the model's coordinates.</summary>
    public (double Loss, Factors Gradient) Evaluate(SoftmaxBatch batch, Factors factors, CancellationToken cancellationToken)
    {
        var h = MatrixProduct.Multiply(batch.Sources, factors.Left, cancellationToken);
        var g = MatrixProduct.Multiply(batch.Outputs, factors.Right, cancellationToken);
        var (loss, dh, dg) = Evaluate(batch, h, g, cancellationToken);
        return (loss, new(MatrixProduct.TransposeMultiply(batch.Sources, dh, cancellationToken), MatrixProduct.TransposeMultiply(batch.Outputs, dg, cancellationToken)));
    }

    /// <summary>The loss and its gradient with respect to <c>H [n, r]</c> and <c>G' [m, r]</c>.</summary>
    public (double Loss, Matrix H, Matrix G) Evaluate(SoftmaxBatch batch, Matrix h, Matrix g, CancellationToken cancellationToken)
    {
        int rank = h.Columns, columns = g.Rows, height = Math.Clamp(BlockValues / columns, 1, h.Rows);
        Matrix dh = new(h.Rows, rank), dg = new(columns, rank);
        var losses = new double[h.Rows];
        for (int from = 0; from < h.Rows; from += height)
        {
            int offset = from;
            var logits = Logits(h, g, from, Math.Min(height, h.Rows - from), cancellationToken);
            Parallel.For(0, logits.Rows, i => losses[offset + i] = batch.RowWeights[offset + i] *
                ToGradient(logits.Data.AsSpan(i * columns, columns), batch.ColumnLogWeights, batch.LabelColumns[offset + i], batch.RowWeights[offset + i]));
            MatrixProduct.Multiply(logits, g, cancellationToken).Values.CopyTo(dh.Data.AsSpan(from * rank));
            BlockedProduct.AddTo(dg, PackSource.ColumnsOf(logits), PackSource.ColumnsOf(h, from, logits.Rows), cancellationToken);
        }
        return (losses.Sum(), dh, dg);
    }

    private Matrix Logits(Matrix h, Matrix g, int from, int count, CancellationToken cancellationToken)
    {
        if (_logits.Rows == count && _logits.Columns == g.Rows)
            Array.Clear(_logits.Data);
        else
            _logits = new(count, g.Rows);
        BlockedProduct.AddTo(_logits, PackSource.RowsOf(h, from, count), PackSource.RowsOf(g), cancellationToken);
        return _logits;
    }

    // Turns a row of logits into weight * (softmax - one-hot) and returns the row's log-loss.
    private static double ToGradient(Span<float> logits, float[]? logWeights, int label, double weight)
    {
        float labelLogit = logits[label] + (logWeights?[label] ?? 0);
        float max = float.NegativeInfinity;
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        if (logWeights is not null)
        {
            var shifts = MemoryMarshal.Cast<float, Vector512<float>>(logWeights);
            for (int i = 0; i < vectors.Length; i++)
                vectors[i] += shifts[i];
            for (int j = vectors.Length * 16; j < logits.Length; j++)
                logits[j] += logWeights[j];
        }
        var maxima = Vector512.Create(float.NegativeInfinity);
        foreach (var v in vectors)
            maxima = Vector512.Max(maxima, v);
        for (int k = 0; k < 16; k++)
            max = Math.Max(max, maxima[k]);
        for (int j = vectors.Length * 16; j < logits.Length; j++)
            max = Math.Max(max, logits[j]);
        var sums = Vector512<float>.Zero;
        for (int i = 0; i < vectors.Length; i++)
            sums += vectors[i] = Vector512.Exp(Vector512.Max(vectors[i] - Vector512.Create(max), Vector512.Create(LowestExponent)));
        double sum = Vector512.Sum(sums);
        for (int j = vectors.Length * 16; j < logits.Length; j++)
            sum += logits[j] = MathF.Exp(Math.Max(logits[j] - max, LowestExponent));
        float scale = (float)(weight / sum);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] *= scale;
        for (int j = vectors.Length * 16; j < logits.Length; j++)
            logits[j] *= scale;
        logits[label] -= (float)weight;
        return Math.Log(sum) + max - labelLogit;
    }
}
