namespace OVPipeline.Core;

/// <summary>Weighted cross-entropy of a batch and its gradient. Logits are held for a block of rows at a time.</summary>
internal sealed class SoftmaxLoss : ISoftmaxLoss
{
    // A block's logits, 4 MiB, stay in the last-level cache, unless that would make its rows too few for the products to be worth their
    // packing: 192 are one block of rows of a product (BlockedProduct).
    private const int BlockValues = 1 << 20, LeastBlockRows = 192;

    // All memory is kept from step to step: large arrays are slow to get, and stay as garbage for long.
    private Matrix _h = new(0, 0), _g = new(0, 0), _dh = new(0, 0), _dg = new(0, 0);
    private Matrix _exponentials = new(0, 0), _scaled = new(0, 0), _pull = new(0, 0);

    /// <inheritdoc/>
    public (double Loss, FactorPair Gradient) Evaluate(SoftmaxBatch batch, FactorPair factors, CancellationToken cancellationToken)
    {
        int rank = factors.Left.Columns;
        var h = Room(ref _h, batch.Sources.Rows, rank);
        var g = Room(ref _g, batch.Outputs.Rows, rank);
        BlockedProduct.Into(h, PackSource.RowsOf(batch.Sources), PackSource.ColumnsOf(factors.Left), cancellationToken);
        BlockedProduct.Into(g, PackSource.RowsOf(batch.Outputs), PackSource.ColumnsOf(factors.Right), cancellationToken);
        var (loss, dh, dg) = Evaluate(batch, h, g, cancellationToken);
        return (loss, new(
            BlockedProduct.WithoutEmulation(PackSource.ColumnsOf(batch.Sources), PackSource.ColumnsOf(dh), cancellationToken),
            BlockedProduct.WithoutEmulation(PackSource.ColumnsOf(batch.Outputs), PackSource.ColumnsOf(dg), cancellationToken)));
    }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <summary>Rows whose logits are held at a time: blocks of one height but for the last.</summary>
    internal static int BlockHeight(int rows, int columns)
    {
        int most = Math.Max(LeastBlockRows, BlockValues / columns), blocks = (rows + most - 1) / most;
        return blocks == 0 ? most : (rows + blocks - 1) / blocks;
    }

    /// <summary>A matrix of a shape: the one that is kept, or a new one in its place.</summary>
    internal static Matrix Room(ref Matrix room, int rows, int columns) =>
        room = room.Rows == rows && room.Columns == columns ? room : new(rows, columns);

    /// <summary>The loss and its gradient with respect to <c>H [n, r]</c> and <c>G' [m, r]</c>.</summary>
    /// <remarks>
    /// With E the exponentials of a block's logits, Z their row sums and Y the one-hot labels, the gradient of the logits is
    /// <c>D E - W Y</c>, <c>D = W / Z</c>: D scales the rows of <c>E G'</c> and of H instead of those of the much larger E.
    /// <code>
    ///                        one block of rows at a time                    its room
    ///     logits, then E     exp(H G - shift)              [rows, m]        exponentials
    ///     D H                H's rows, scaled              [rows, r]        scaled
    ///     E G'               what pulls each row           [rows, r]        pull
    ///
    ///     dH  = D (E G') - W Y G'                          [n, r]           row i: scale_i pull_i - w_i G'_label
    ///     dG' = E' (D H) - Y' W H                          [m, r]           added up over blocks; row label_i: - w_i H_i
    /// </code>
    /// </remarks>
    private (double Loss, Matrix H, Matrix G) Evaluate(SoftmaxBatch batch, Matrix h, Matrix g, CancellationToken cancellationToken)
    {
        int rank = h.Columns, columns = g.Rows;
        int height = BlockHeight(h.Rows, columns);
        Matrix dh = Room(ref _dh, h.Rows, rank), dg = Room(ref _dg, columns, rank);
        Array.Clear(dg.Data);
        var exponentials = Room(ref _exponentials, height, columns);
        var scaled = Room(ref _scaled, height, rank);
        var pull = Room(ref _pull, height, rank);
        double loss = 0;
        for (int from = 0; from < h.Rows; from += height)
        {
            int count = Math.Min(height, h.Rows - from), offset = from;
            BlockedProduct.Into(exponentials, PackSource.RowsOf(h, from, count), PackSource.RowsOf(g), cancellationToken);
            var losses = new double[count];
            var scales = new float[count];
            Parallel.For(0, count, i =>
            {
                var row = exponentials.Data.AsSpan(i * columns, columns);
                double weight = batch.RowWeights[offset + i];
                int labelColumn = batch.LabelColumns[offset + i];
                double label = row[labelColumn] + (batch.ColumnLogWeights?[labelColumn] ?? 0);
                var (shift, sum) = SoftmaxRow.Exponentiate(row, batch.ColumnLogWeights);
                losses[i] = weight * (Math.Log(sum) + shift - label);
                float scale = scales[i] = (float)(weight / sum);
                var source = h.Row(offset + i);
                for (int k = 0; k < rank; k++)
                    scaled.Data[i * rank + k] = scale * source[k];
            });
            loss += losses.Sum();

            BlockedProduct.Into(pull, PackSource.RowsOf(exponentials, 0, count), PackSource.ColumnsOf(g), cancellationToken);
            BlockedProduct.AddTo(
                dg, PackSource.ColumnsOf(exponentials, 0, count), PackSource.ColumnsOf(scaled, 0, count), cancellationToken);
            for (int i = 0; i < count; i++)
                Finish(i); // one after the other: rows that share a label add to one row of dG'

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
}
