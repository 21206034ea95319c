namespace OVPipeline.Core;

/// <summary>
/// Losses of next tokens over a whole vocabulary, of final residual streams, and their gradient. Logits are held for a block of rows at a
/// time, in room that is used again: it is called from one thread at a time.
/// </summary>
/// <param name="unembedding">What maps a stream to logits, [d_model, V].</param>
/// <param name="biases">What is added to each logit, V of them; null for nothing.</param>
internal sealed class VocabularyLoss(Matrix unembedding, float[]? biases)
{
    private Matrix _exponentials = new(0, 0), _pull = new(0, 0), _changes = new(0, 0);

    /// <summary>The loss of each row, in nats.</summary>
    /// <param name="streams">Final residual streams, [n, d_model].</param>
    /// <param name="targets">The token that follows each, n of them.</param>
    public double[] Of(Matrix streams, int[] targets)
    {
        var losses = new double[streams.Rows];
        int height = SoftmaxLoss.BlockHeight(streams.Rows, unembedding.Columns);
        for (int first = 0; first < streams.Rows; first += height)
            Exponentiate(streams, targets, first, height, (row, loss, _) => losses[row] = loss);
        return losses;
    }

    /// <summary>The gradient of the mean loss by the streams, [n, d_model].</summary>
    /// <inheritdoc cref="Of" path="/param"/>
    public Matrix Gradient(Matrix streams, int[] targets)
    {
        int width = streams.Columns, height = SoftmaxLoss.BlockHeight(streams.Rows, unembedding.Columns);
        var gradient = new Matrix(streams.Rows, width);
        var pull = SoftmaxLoss.Room(ref _pull, height, width);
        float share = 1f / streams.Rows;
        var scales = new float[streams.Rows];
        for (int first = 0; first < streams.Rows; first += height)
        {
            int count = Exponentiate(streams, targets, first, height, (row, _, sum) => scales[row] = (float)(share / sum));
            BlockedProduct.Into(pull, PackSource.RowsOf(_exponentials, 0, count), PackSource.RowsOf(unembedding), default);
            int from = first;
            Parallel.For(0, count, i =>
            {
                int target = targets[from + i];
                var row = gradient.Data.AsSpan((from + i) * width, width);
                var pulled = pull.Row(i);
                for (int k = 0; k < width; k++)
                    row[k] = scales[from + i] * pulled[k] - share * unembedding[k, target];
            });
        }
        return gradient;
    }

    /// <summary>
    /// The sums over rows of the loss's slope and curvature, where a multiple of other streams is added: with g their logits without biases
    /// and p the softmax, <c>E_p[g] - g_target</c> and <c>Var_p[g]</c>.
    /// </summary>
    /// <param name="streams">Final residual streams, [n, d_model].</param>
    /// <param name="added">What is added a multiple of, [n, d_model].</param>
    /// <param name="targets">The token that follows each, n of them.</param>
    public (double Slope, double Curvature) Along(Matrix streams, Matrix added, int[] targets)
    {
        int columns = unembedding.Columns, height = SoftmaxLoss.BlockHeight(streams.Rows, columns);
        var changes = SoftmaxLoss.Room(ref _changes, height, columns);
        double[] sums = new double[streams.Rows], slopes = new double[streams.Rows], curvatures = new double[streams.Rows];
        for (int first = 0; first < streams.Rows; first += height)
        {
            int from = first;
            int count = Exponentiate(streams, targets, first, height, (row, _, sum) => sums[row] = sum);
            BlockedProduct.Into(changes, PackSource.RowsOf(added, first, count), PackSource.ColumnsOf(unembedding), default);
            Parallel.For(0, count, i =>
            {
                ReadOnlySpan<float> weights = _exponentials.Row(i), logits = changes.Row(i);
                double target = logits[targets[from + i]], mean = 0, square = 0; // from the target's: less is lost in the difference
                for (int j = 0; j < logits.Length; j++)
                {
                    double change = logits[j] - target, weighted = weights[j] * change;
                    mean += weighted;
                    square += weighted * change;
                }
                slopes[from + i] = mean / sums[from + i];
                curvatures[from + i] = square / sums[from + i] - slopes[from + i] * slopes[from + i];
            });
        }
        return (slopes.Sum(), curvatures.Sum());
    }

    // exp(logit - the row's largest) of a block of at most so many rows, and of each row its loss and the sum of these; how many they are.
    private int Exponentiate(Matrix streams, int[] targets, int first, int height, Action<int, double, double> took)
    {
        int count = Math.Min(height, streams.Rows - first), columns = unembedding.Columns;
        var exponentials = SoftmaxLoss.Room(ref _exponentials, height, columns);
        BlockedProduct.Into(exponentials, PackSource.RowsOf(streams, first, count), PackSource.ColumnsOf(unembedding), default);
        Parallel.For(0, count, i =>
        {
            var row = exponentials.Data.AsSpan(i * columns, columns);
            int target = targets[first + i];
            double logit = row[target] + (double)(biases?[target] ?? 0);
            var (shift, sum) = SoftmaxRow.Exponentiate(row, biases);
            took(first + i, Math.Log(sum) + shift - logit, sum);
        });
        return count;
    }
}
