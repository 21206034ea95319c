using OVPipeline.Core;

namespace OVPipeline.Tests.Fitting;

/// <summary>
/// An engine as someone else may write it, of public types alone: every logit, loss and gradient in double, the slow way. This project has
/// no access to internals of Core.
/// </summary>
internal sealed class PlainEngine : IFittingEngine
{
    /// <summary>Times that columns were prepared, which is once for each.</summary>
    public int Preparations { get; private set; }

    /// <summary>Blocks of rows that were scored.</summary>
    public int Blocks { get; private set; }

    /// <summary>Losses that fits have begun and not given back.</summary>
    public int OpenLosses { get; private set; }

    /// <summary>Batches whose loss was computed.</summary>
    public int Batches { get; private set; }

    /// <inheritdoc/>
    public int PreferredRows => 50;

    /// <inheritdoc/>
    public ISoftmaxLoss CreateLoss()
    {
        OpenLosses++;
        return new PlainLoss(this);
    }

    /// <inheritdoc/>
    public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
        CancellationToken cancellationToken = default)
    {
        Blocks++;
        var transposed = columns.Prepared(Prepare).Columns;
        int rank = columns.Rank;
        for (int i = 0; i < rows.Length / rank; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] row = rows.Slice(i * rank, rank).ToArray();
            double[] logits = [.. Enumerable.Range(0, transposed.Rows).Select(j => Dot(row, transposed.Row(j)))];
            Write(logits, i, labels.IsEmpty ? -1 : labels.Span[i], scores);
        }
    }

    private Transposed Prepare(Matrix g)
    {
        Preparations++;
        return new(g.Transpose());
    }

    private static void Write(double[] logits, int row, int label, ScoredRows scores)
    {
        var options = scores.Options;
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(j => logits[j]).ThenBy(j => j)];
        for (int k = 0; k < options.TopK; k++)
        {
            scores.TopTokens[row * options.TopK + k] = order[k];
            scores.TopScores[row * options.TopK + k] = (float)logits[order[k]];
        }
        if (options.LabelRank)
            scores.LabelRanks[row] = Array.IndexOf(order, label) + 1;
        double beta = options.InverseTemperature, shift = logits.Max();
        double[] weights = [.. logits.Select(logit => Math.Exp(beta * (logit - shift)))];
        double total = weights.Sum(), mean = weights.Zip(logits, (w, logit) => w / total * logit).Sum();
        if (options.LabelLogLoss)
            scores.LabelLogLosses[row] = label < 0 ? double.NaN : Math.Log(total) + beta * (shift - logits[label]);
        for (int j = 0; j < logits.Length && options.Probabilities; j++)
            scores.Probabilities[row * logits.Length + j] = (float)(weights[j] / total);
        if (!options.LogitMoments)
            return;
        scores.LogitMeans[row] = mean;
        scores.LogitVariances[row] = weights.Zip(logits, (w, logit) => w / total * (logit - mean) * (logit - mean)).Sum();
    }

    private static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int k = 0; k < x.Length; k++)
            sum += (double)x[k] * y[k];
        return sum;
    }

    private sealed record Transposed(Matrix Columns);

    // With P the softmax of a batch's logits, Y its one-hot labels and W its weights, the slope of the logits is S = W (P - Y): of A it is
    // Sources' S G', of B' Outputs' S' H.
    private sealed class PlainLoss(PlainEngine engine) : ISoftmaxLoss
    {
        public (double Loss, FactorPair Gradient) Evaluate(SoftmaxBatch batch, FactorPair factors, CancellationToken cancellationToken)
        {
            engine.Batches++;
            var h = MatrixProduct.Multiply(batch.Sources, factors.Left, cancellationToken);
            var g = MatrixProduct.Multiply(batch.Outputs, factors.Right, cancellationToken);
            var slopes = new Matrix[h.Rows];
            double loss = 0;
            for (int i = 0; i < h.Rows; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var source = h.Row(i).ToArray();
                double[] logits = [.. Enumerable.Range(0, g.Rows).Select(j => Dot(source, g.Row(j)) + (batch.ColumnLogWeights?[j] ?? 0))];
                int label = batch.LabelColumns[i];
                double shift = logits.Max(), total = logits.Sum(logit => Math.Exp(logit - shift)), weight = batch.RowWeights[i];
                loss += weight * (Math.Log(total) + shift - logits[label]);
                double[] slope = [.. logits.Select(logit => weight * Math.Exp(logit - shift) / total)];
                slope[label] -= weight;
                slopes[i] = new(1, g.Rows, Array.ConvertAll(slope, value => (float)value));
            }
            var all = Matrix.ConcatenateRows(slopes);
            var ofSources = MatrixProduct.Multiply(all, g, cancellationToken);
            var ofOutputs = MatrixProduct.TransposeMultiply(all, h, cancellationToken);
            return (loss, new(
                MatrixProduct.TransposeMultiply(batch.Sources, ofSources, cancellationToken),
                MatrixProduct.TransposeMultiply(batch.Outputs, ofOutputs, cancellationToken)));
        }

        public void Dispose() => engine.OpenLosses--;
    }
}
