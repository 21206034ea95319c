namespace OVPipeline.Core;

/// <summary>
/// The second moments that a closed-form fit needs, [d_model, d_model] each, row by row in double precision: of the sources (weighted
/// over the examples), of all output tokens, and between the sources and their labels' outputs.
/// </summary>
internal sealed record GramMatrices(double[] Sources, double[] Outputs, double[] Cross)
{
    // Products of this many rows are summed in single precision, their results in double.
    private const int ChunkRows = 4096;

    // Of four panels of a symmetric product, 10 blocks of 16 are computed.
    private const int Panels = 4;

    /// <param name="problem">The examples and the weights.</param>
    /// <param name="centred">Whether the mean output over the vocabulary is removed, which no softmax can see.</param>
    /// <param name="cancellationToken">Checked between chunks.</param>
    public static GramMatrices Of(FitProblem problem, bool centred, CancellationToken cancellationToken)
    {
        int width = problem.Width, vocabulary = problem.OutputVocabulary;
        var mean = centred ? ColumnMeans(problem.Outputs) : new float[width];
        double[] sources = new double[width * width], outputs = new double[width * width], cross = new double[width * width];
        Matrix x = new(0, width), y = new(0, width), product = new(width, width);
        var panels = new Matrix?[Panels];
        for (int from = 0; from < vocabulary; from += ChunkRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int offset = from;
            Gather(ref y, Math.Min(ChunkRows, vocabulary - from), (i, row) => Shifted(problem.Outputs.Row(offset + i), mean, 1, row));
            AddGram(outputs, y, 1.0 / vocabulary, panels, cancellationToken);
        }
        for (int from = 0; from < problem.Rows; from += ChunkRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int offset = from, count = Math.Min(ChunkRows, problem.Rows - from);
            Gather(ref x, count, (i, row) =>
                Shifted(problem.Embedding.Row(problem.Tokens[offset + i]), default, Scale(problem, offset + i), row));
            Gather(ref y, count, (i, row) =>
                Shifted(problem.Outputs.Row(problem.Labels[offset + i]), mean, Scale(problem, offset + i), row));
            AddGram(sources, x, 1.0 / problem.Rows, panels, cancellationToken);
            BlockedProduct.Into(product, PackSource.ColumnsOf(x), PackSource.ColumnsOf(y), cancellationToken);
            Add(cross, product, 1.0 / problem.Rows);
        }
        return new(sources, outputs, cross);
    }

    // Weights are shares of the whole: times the number of rows they average 1.
    private static float Scale(FitProblem problem, int row) => (float)Math.Sqrt(problem.Weights[row] * problem.Rows);

    // The same memory serves chunk after chunk.
    private static void Gather(ref Matrix chunk, int count, RowWriter write)
    {
        var rows = chunk = chunk.Rows == count ? chunk : new(count, chunk.Columns);
        Parallel.For(0, count, i => write(i, rows.Data.AsSpan(i * rows.Columns, rows.Columns)));
    }

    private static void Shifted(ReadOnlySpan<float> row, ReadOnlySpan<float> mean, float scale, Span<float> into)
    {
        for (int k = 0; k < row.Length; k++)
            into[k] = scale * (mean.IsEmpty ? row[k] : row[k] - mean[k]);
    }

    private static float[] ColumnMeans(Matrix rows)
    {
        var sums = new double[rows.Columns];
        for (int i = 0; i < rows.Rows; i++)
        {
            var row = rows.Row(i);
            for (int k = 0; k < sums.Length; k++)
                sums[k] += row[k];
        }
        return [.. sums.Select(s => (float)(s / rows.Rows))];
    }

    // x'x is symmetric: panels of columns are multiplied by the columns up to their end, and mirrored.
    private static void AddGram(double[] sums, Matrix x, double scale, Matrix?[] panels, CancellationToken cancellationToken)
    {
        int width = x.Columns, panel = (width + Panels - 1) / Panels;
        for (int from = 0; from < width; from += panel)
        {
            int end = Math.Min(width, from + panel);
            var product = panels[from / panel] ??= new(end, end - from);
            var upToEnd = PackSource.ColumnsOf(x) with { Count = end };
            PackSource ofPanel = new(x.Data.AsMemory(from), end - from, x.Rows, 1, width);
            BlockedProduct.Into(product, upToEnd, ofPanel, cancellationToken);
            for (int i = 0; i < end; i++)
                for (int j = Math.Max(i, from); j < end; j++)
                {
                    double term = scale * product[i, j - from];
                    sums[i * width + j] += term;
                    if (i != j)
                        sums[j * width + i] += term;
                }
        }
    }

    private static void Add(double[] sums, Matrix product, double scale)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] += scale * product.Data[i];
    }

    private delegate void RowWriter(int row, Span<float> into);
}
