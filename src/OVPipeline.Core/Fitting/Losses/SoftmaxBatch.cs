namespace OVPipeline.Core;

/// <summary>
/// A block of the softmax: rows of sources against columns of output tokens. Columns are distinct tokens, so rows that share a label
/// share its column. A column's log-weight stands for the tokens that were not drawn: <c>sum over columns of exp(logit + log-weight)</c>
/// is each row's estimated partition function.
/// </summary>
/// <param name="Sources">[n, d_model].</param>
/// <param name="Outputs">[m, d_model].</param>
/// <param name="LabelColumns">The column of each row's label.</param>
/// <param name="RowWeights">The weight of each row in the loss.</param>
/// <param name="ColumnLogWeights">A log-weight for each column, or null where every token has its column.</param>
internal sealed record SoftmaxBatch(Matrix Sources, Matrix Outputs, int[] LabelColumns, double[] RowWeights, float[]? ColumnLogWeights);
