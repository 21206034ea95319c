namespace OVPipeline.Core;

/// <summary>
/// A block of the softmax: rows of sources against columns of output tokens. Columns are distinct tokens, so rows that share a label
/// share its column. A column's log-weight stands for the tokens that were not drawn: <c>sum over columns of exp(logit + log-weight)</c>
/// is each row's estimated partition function.
/// </summary>
/// <param name="Sources">A row of W_E for each of n examples, [n, d_model].</param>
/// <param name="Outputs">A column of W_U for each of m output tokens, as a row, [m, d_model].</param>
/// <param name="LabelColumns">The column of each row's label, n of them.</param>
/// <param name="RowWeights">The weight of each row in the loss, n of them.</param>
/// <param name="ColumnLogWeights">A log-weight for each of m columns, or null where every token has its column.</param>
public sealed record SoftmaxBatch(
    Matrix Sources, Matrix Outputs, int[] LabelColumns, double[] RowWeights, float[]? ColumnLogWeights)
{
    /// <summary>
    /// Whether the values of <see cref="Sources"/> and <see cref="Outputs"/> never change, so that what was made of one of them holds for
    /// every later batch that has the same matrix. Else the next batch overwrites them.
    /// </summary>
    public bool IsShared => ColumnLogWeights is null;
}
