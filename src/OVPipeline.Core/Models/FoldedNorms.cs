namespace OVPipeline.Core;

/// <summary>
/// A source's weights with the gains of the norms before them in W_V and W_U, and of a layer norm its centring: what circuits read and
/// write
/// through. All other weights are the source's.
/// </summary>
internal sealed class FoldedNorms(IWeightSource source, TransformerConfig config) : IWeightSource
{
    /// <inheritdoc/>
    public bool Has(WeightKind kind) => source.Has(kind);

    /// <inheritdoc/>
    public Matrix Read(WeightKind kind, HeadIndex head = default) => kind switch
    {
        WeightKind.W_V => Folded(source.Read(kind, head), WeightKind.ln1_w, head),
        WeightKind.W_U => Folded(source.Read(kind, head), WeightKind.ln_final_w, default),
        _ => source.Read(kind, head),
    };

    /// <inheritdoc/>
    public Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null) => kind == WeightKind.W_U
        ? Folded(source.ReadTokens(kind, first, count, buffer), WeightKind.ln_final_w, default)
        : source.ReadTokens(kind, first, count, buffer);

    // [d_model, n]. Centring what is centred already changes nothing, so weights that were folded before may come here too.
    private Matrix Folded(Matrix weight, WeightKind gainKind, HeadIndex head)
    {
        var gain = source.Has(gainKind) ? source.Read(gainKind, head with { Head = 0 }) : null;
        var folded = gain is null
            ? weight
            : Matrix.Create(weight.Rows, weight.Columns, (row, column) => weight[row, column] * gain[0, row]);
        if (config.Normalization != "LN")
            return folded;
        var means = new double[weight.Columns];
        for (int row = 0; row < folded.Rows; row++)
            for (int column = 0; column < means.Length; column++)
                means[column] += folded[row, column] / (double)folded.Rows;
        return Matrix.Create(folded.Rows, folded.Columns, (row, column) => (float)(folded[row, column] - means[column]));
    }
}
