namespace OVPipeline.Core;

/// <summary>
/// A source's weights with the gains of the norms before them in W_V and W_U, and of a layer norm its centring, which W_E has too: what
/// circuits read and write through. All other weights are the source's.
/// </summary>
internal sealed class FoldedNorms(IWeightSource source, TransformerConfig config) : IWeightSource
{
    /// <inheritdoc/>
    public string? File => source.File;

    /// <inheritdoc/>
    public bool Has(WeightKind kind) => source.Has(kind);

    /// <inheritdoc/>
    public bool ReadsGains(WeightKind reader) => reader is not (WeightKind.W_V or WeightKind.W_U) && source.ReadsGains(reader);

    /// <inheritdoc/>
    public Matrix Read(WeightKind kind, HeadIndex head = default) => kind switch
    {
        WeightKind.W_E => Embedding(source.Read(kind, head)),
        WeightKind.W_V or WeightKind.W_U => Folded(kind, source.Read(kind, head), head),
        _ => source.Read(kind, head),
    };

    /// <inheritdoc/>
    public Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null) => kind switch
    {
        WeightKind.W_E => Embedding(source.ReadTokens(kind, first, count, buffer)),
        WeightKind.W_U => Folded(kind, source.ReadTokens(kind, first, count, buffer), default),
        _ => source.ReadTokens(kind, first, count, buffer),
    };

    /// <summary>A map that reads embeddings, [d_model, n], as it reads those of these weights.</summary>
    public Matrix Reading(Matrix map) => TransformerConfig.Centers(config.Normalization) ? CentredColumns(map) : map;

    // Rows of W_E, [n, d_model].
    private Matrix Embedding(Matrix rows)
    {
        if (!TransformerConfig.Centers(config.Normalization))
            return rows;
        double[] means = [.. Enumerable.Range(0, rows.Rows).Select(row => rows.Row(row).ToArray().Average(value => (double)value))];
        return Matrix.Create(rows.Rows, rows.Columns, (row, column) => (float)(rows[row, column] - means[row]));
    }

    // [d_model, n]. Centring what is centred already changes nothing, so weights that were folded before may come here too.
    private Matrix Folded(WeightKind reader, Matrix weight, HeadIndex head)
    {
        var gainKind = reader == WeightKind.W_U ? WeightKind.ln_final_w : WeightKind.ln1_w;
        var gain = source.ReadsGains(reader) ? source.Read(gainKind, head with { Head = 0 }) : null;
        var folded = gain is null
            ? weight
            : Matrix.Create(weight.Rows, weight.Columns, (row, column) => weight[row, column] * gain[0, row]);
        return Reading(folded);
    }

    private static Matrix CentredColumns(Matrix folded)
    {
        var means = new double[folded.Columns];
        for (int row = 0; row < folded.Rows; row++)
            for (int column = 0; column < means.Length; column++)
                means[column] += folded[row, column] / (double)folded.Rows;
        return Matrix.Create(folded.Rows, folded.Columns, (row, column) => (float)(folded[row, column] - means[column]));
    }
}
