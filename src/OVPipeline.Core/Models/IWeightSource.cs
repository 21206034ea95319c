namespace OVPipeline.Core;

/// <summary>
/// Where a transformer's weights come from. A checkpoint's architecture implements it; each call reads just what is asked for.
/// </summary>
public interface IWeightSource
{
    /// <summary>Whether the source has a weight of this kind; biases and positions often are absent.</summary>
    bool Has(WeightKind kind);

    /// <summary>
    /// Whether what a weight reads passes a normalization's gain and bias (<see cref="WeightKind.ln1_w"/> of W_Q, W_K and W_V,
    /// <see cref="WeightKind.ln_final_w"/> of W_U) that are not in the weight. Only a source that folds some weights and not others says
    /// more than <see cref="Has"/> does.
    /// </summary>
    bool ReadsGains(WeightKind reader) => reader switch
    {
        WeightKind.W_Q or WeightKind.W_K or WeightKind.W_V => Has(WeightKind.ln1_w),
        WeightKind.W_U => Has(WeightKind.ln_final_w),
        _ => false,
    };

    /// <summary>The file that the weights lie in, as messages name it; null where they lie in none.</summary>
    string? File => null;

    /// <summary>
    /// Reads one weight in the shape its <see cref="WeightKind"/> documents. Layer and head matter only to kinds that have them.
    /// </summary>
    Matrix Read(WeightKind kind, HeadIndex head = default);

    /// <summary>
    /// Reads what belongs to a range of tokens: rows of <see cref="WeightKind.W_E"/>; or of outputs: columns of
    /// <see cref="WeightKind.W_U"/> or <see cref="WeightKind.b_U"/>. Sources of large files override it, so that a product with W_E or W_U
    /// needs no more than a block of it.
    /// </summary>
    /// <param name="kind">A weight with a row for each token, or a column for each output.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="buffer">Room that the result may take over where it has just the right length; or null.</param>
    Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null)
    {
        var whole = Read(kind);
        return kind == WeightKind.W_E
            ? whole.SelectRows([.. Enumerable.Range(first, count)])
            : Matrix.Create(whole.Rows, count, (row, column) => whole[row, first + column]);
    }
}
