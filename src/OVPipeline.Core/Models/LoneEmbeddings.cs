namespace OVPipeline.Core;

/// <summary>1 / sigma of every token's embedding, a block of tokens at a time.</summary>
internal static class LoneEmbeddings
{
    private const int BlockValues = 1 << 22;

    /// <param name="weights">The model's own weights.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <returns>[V].</returns>
    public static float[] Scales(TransformerWeights weights, CancellationToken cancellationToken)
    {
        var config = weights.Config;
        bool centred = TransformerConfig.Centers(config.Normalization);
        bool added = config.PositionalEmbedding == "standard" && weights.Has(WeightKind.W_pos) && config.Context > 0;
        var positions = added ? Centred(weights.Read(WeightKind.W_pos), centred) : null;
        double[] ofPositions = positions is null ? [] : MeanSquares(positions);
        var transposed = positions?.Transpose();
        var scales = new float[config.Vocabulary];
        int block = Math.Max(1, BlockValues / Math.Max(config.DModel, config.Context));
        for (int first = 0; first < scales.Length; first += block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = Centred(weights.ReadTokens(WeightKind.W_E, first, Math.Min(block, scales.Length - first)), centred);
            double[] own = MeanSquares(rows);
            // Mean squares of sums: those of the parts and twice the mean of their products.
            var products = transposed is null ? null : MatrixProduct.Multiply(rows, transposed, cancellationToken);
            for (int row = 0; row < own.Length; row++)
                scales[first + row] = (float)(products is null ? Inverse(own[row]) : OverPositions(own[row], products.Row(row)));
        }
        return scales;

        double OverPositions(double own, ReadOnlySpan<float> products)
        {
            double sum = 0;
            for (int position = 0; position < products.Length; position++)
                sum += Inverse(Math.Max(0, own + ofPositions[position] + (2.0 * products[position] / config.DModel)));
            return sum / products.Length;
        }

        double Inverse(double meanSquare) => 1 / Math.Sqrt(meanSquare + config.NormEpsilon);
    }

    private static Matrix Centred(Matrix rows, bool centred)
    {
        if (!centred)
            return rows;
        double[] means = [.. Enumerable.Range(0, rows.Rows).Select(row => Mean(rows.Row(row), value => value))];
        return Matrix.Create(rows.Rows, rows.Columns, (row, column) => (float)(rows[row, column] - means[row]));
    }

    private static double[] MeanSquares(Matrix rows) =>
        [.. Enumerable.Range(0, rows.Rows).Select(row => Mean(rows.Row(row), value => value * value))];

    private static double Mean(ReadOnlySpan<float> values, Func<double, double> of)
    {
        double sum = 0;
        foreach (float value in values)
            sum += of(value);
        return sum / values.Length;
    }
}
