namespace OVPipeline.Core;

/// <summary>Weighted cross-entropy of a batch and its gradient. Logits are held for a block of rows at a time.</summary>
internal sealed class SoftmaxLoss : ISoftmaxLoss
{
    // A block's logits stay in the last-level cache, unless that would make its rows too few for the products to be worth their packing.
    private const int BlockValues = 1 << 20, LeastBlockRows = 192;

    private Matrix _block = new(0, 0), _lastBlock = new(0, 0); // kept from step to step

    /// <inheritdoc/>
    public (double Loss, Factors Gradient) Evaluate(SoftmaxBatch batch, Factors factors, CancellationToken cancellationToken)
    {
        var h = MatrixProduct.Multiply(batch.Sources, factors.Left, cancellationToken);
        var g = MatrixProduct.Multiply(batch.Outputs, factors.Right, cancellationToken);
        var (loss, dh, dg) = Evaluate(batch, h, g, cancellationToken);
        return (loss, new(MatrixProduct.TransposeMultiply(batch.Sources, dh, cancellationToken), MatrixProduct.TransposeMultiply(batch.Outputs, dg, cancellationToken)));
    }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <summary>The loss and its gradient with respect to <c>H [n, r]</c> and <c>G' [m, r]</c>.</summary>
    /// <remarks>
    /// With E the exponentials of a block's logits, Z their row sums and Y the one-hot labels, the gradient of the logits is
    /// <c>D E - W Y</c>, <c>D = W / Z</c>: D scales the rows of <c>E G'</c> and of H instead of those of the much larger E.
    /// </remarks>
    private (double Loss, Matrix H, Matrix G) Evaluate(SoftmaxBatch batch, Matrix h, Matrix g, CancellationToken cancellationToken)
    {
        int rank = h.Columns, columns = g.Rows, most = Math.Max(LeastBlockRows, BlockValues / columns), blocks = (h.Rows + most - 1) / most;
        int height = (h.Rows + blocks - 1) / blocks;
        Matrix dh = new(h.Rows, rank), dg = new(columns, rank);
        double loss = 0;
        for (int from = 0; from < h.Rows; from += height)
        {
            int count = Math.Min(height, h.Rows - from), offset = from;
            var exponentials = Room(ref count == height ? ref _block : ref _lastBlock, count, columns);
            BlockedProduct.Into(exponentials, PackSource.RowsOf(h, from, count), PackSource.RowsOf(g), cancellationToken);
            var losses = new double[count];
            var scales = new float[count];
            var scaled = new Matrix(count, rank, h.Data.AsSpan(from * rank, count * rank).ToArray());
            Parallel.For(0, count, i =>
            {
                var row = exponentials.Data.AsSpan(i * columns, columns);
                double weight = batch.RowWeights[offset + i];
                int labelColumn = batch.LabelColumns[offset + i];
                double label = row[labelColumn] + (batch.ColumnLogWeights?[labelColumn] ?? 0);
                var (shift, sum) = SoftmaxRow.Exponentiate(row, batch.ColumnLogWeights);
                losses[i] = weight * (Math.Log(sum) + shift - label);
                float scale = scales[i] = (float)(weight / sum);
                foreach (ref float value in scaled.Data.AsSpan(i * rank, rank))
                    value *= scale;
            });
            loss += losses.Sum();
            var pull = MatrixProduct.Multiply(exponentials, g, cancellationToken);
            BlockedProduct.AddTo(dg, PackSource.ColumnsOf(exponentials), PackSource.ColumnsOf(scaled), cancellationToken);
            for (int i = 0; i < count; i++)
                Finish(i);

            void Finish(int i)
            {
                int label = batch.LabelColumns[offset + i];
                float weight = (float)batch.RowWeights[offset + i], scale = scales[i];
                var source = h.Row(offset + i);
                var output = g.Row(label);
                var pulled = pull.Row(i);
                Span<float> dRow = dh.Data.AsSpan((offset + i) * rank, rank), dLabel = dg.Data.AsSpan(label * rank, rank);
                for (int k = 0; k < rank; k++)
                {
                    dRow[k] = scale * pulled[k] - weight * output[k];
                    dLabel[k] -= weight * source[k];
                }
            }
        }
        return (loss, dh, dg);
    }

    private static Matrix Room(ref Matrix room, int rows, int columns) =>
        room = room.Rows == rows && room.Columns == columns ? room : new(rows, columns);
}
