namespace OVPipeline.Core;

/// <summary>
/// Computes the loss of a fit's batches and its gradient. It belongs to one fit, which calls it from one thread at a time, and may keep
/// from batch to batch what it makes of matrices that do not change (<see cref="SoftmaxBatch.IsShared"/>).
/// </summary>
public interface ISoftmaxLoss : IDisposable
{
    /// <summary>
    /// The weighted cross-entropy of a batch,
    /// <c>sum over rows i of w_i (log sum over columns j of exp(z_ij + c_j) - z_i,label - c_label)</c> with
    /// <c>z = Sources A B Outputs'</c> and c the columns' log-weights, and its gradient with respect to A and B'.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="factors">The pair, in the model's coordinates.</param>
    /// <param name="cancellationToken">Checked within a batch.</param>
    /// <returns>The loss, in nats, and the gradient in matrices of its own, which the fit takes over and overwrites.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    (double Loss, FactorPair Gradient) Evaluate(SoftmaxBatch batch, FactorPair factors, CancellationToken cancellationToken);
}
