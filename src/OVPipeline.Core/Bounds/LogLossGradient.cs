namespace OVPipeline.Core;

/// <summary>
/// The mean log-loss of logits <c>W_E M W_U</c> as a function of a whole matrix <c>M [d_model, d_model]</c>, and its gradient
/// <c>W_E' D (P - Y) W_U'</c>, in single precision: P the softmax of each row, Y the one-hot labels, D the rows' weights. Logits are held
/// for a block of rows at a time. The same bits at any thread count.
/// </summary>
internal sealed class LogLossGradient
{
    // As in SoftmaxLoss: 4 MiB of logits, and no fewer rows than one block of a product.
    private const int BlockValues = 1 << 20, LeastBlockRows = 192;
    private readonly FitProblem _problem;
    private readonly Matrix _outputs;
    private readonly int _height;
    private Matrix _logits, _pull;

    public LogLossGradient(FitProblem problem)
    {
        _problem = problem;
        _outputs = Centred(problem.Outputs);
        int columns = problem.OutputVocabulary, most = Math.Max(LeastBlockRows, BlockValues / columns);
        int blocks = (problem.Rows + most - 1) / most;
        _height = (problem.Rows + blocks - 1) / blocks;
        _logits = new(_height, columns);
        _pull = new(_height, problem.Width);
    }

    /// <summary>The mean log-loss, in nats.</summary>
    public double Loss(Matrix map, CancellationToken cancellationToken) => Evaluate(map, null, cancellationToken);

    /// <summary>The mean log-loss, in nats, and its gradient [d_model, d_model].</summary>
    public (double Loss, Matrix Gradient) LossAndGradient(Matrix map, CancellationToken cancellationToken)
    {
        var pulled = new Matrix(_problem.Rows, _problem.Width);
        double loss = Evaluate(map, pulled, cancellationToken);
        return (loss, MatrixProduct.TransposeMultiply(_problem.Sources, pulled, cancellationToken));
    }

    /// <param name="map">M.</param>
    /// <param name="pulled">Takes <c>D (P - Y) W_U'</c> [rows, d_model], or null where only the loss is wanted.</param>
    /// <param name="cancellationToken">Checked within a block.</param>
    private double Evaluate(Matrix map, Matrix? pulled, CancellationToken cancellationToken)
    {
        int columns = _problem.OutputVocabulary, width = _problem.Width;
        var sources = MatrixProduct.Multiply(_problem.Sources, map, cancellationToken);
        double loss = 0;
        for (int from = 0; from < _problem.Rows; from += _height)
        {
            int count = Math.Min(_height, _problem.Rows - from), offset = from;
            if (count < _logits.Rows)
                (_logits, _pull) = (new(count, columns), new(count, width));
            BlockedProduct.Into(_logits, PackSource.RowsOf(sources, from, count), PackSource.RowsOf(_outputs), cancellationToken);
            var losses = new double[count];
            var scales = new double[count];
            Parallel.For(0, count, i =>
            {
                var row = _logits.Data.AsSpan(i * columns, columns);
                double label = row[_problem.Labels[offset + i]], weight = _problem.Weights[offset + i];
                var (shift, sum) = SoftmaxRow.Exponentiate(row, null);
                losses[i] = weight * (Math.Log(sum) + shift - label);
                scales[i] = weight / sum;
            });
            loss += losses.Sum();
            if (pulled is null)
                continue;
            BlockedProduct.Into(_pull, PackSource.RowsOf(_logits), PackSource.ColumnsOf(_outputs), cancellationToken);
            for (int i = 0; i < count; i++)
            {
                var label = _outputs.Row(_problem.Labels[offset + i]);
                var row = pulled.Data.AsSpan((offset + i) * width, width);
                for (int k = 0; k < width; k++)
                    row[k] = (float)((scales[i] * _pull[i, k]) - (_problem.Weights[offset + i] * label[k]));
            }
        }
        if (_logits.Rows < _height)
            (_logits, _pull) = (new(_height, columns), new(_height, width));
        return loss;
    }

    // What all columns of W_U share moves no softmax, and would cost digits.
    private static Matrix Centred(Matrix outputs)
    {
        var means = new double[outputs.Columns];
        for (int j = 0; j < outputs.Rows; j++)
            for (int k = 0; k < means.Length; k++)
                means[k] += outputs[j, k];
        return Matrix.Create(outputs.Rows, outputs.Columns, (j, k) => (float)(outputs[j, k] - (means[k] / outputs.Rows)));
    }
}
