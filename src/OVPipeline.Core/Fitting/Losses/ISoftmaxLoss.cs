namespace OVPipeline.Core;

/// <summary>Computes the losses of a fit's batches, with their gradients. Belongs to one fit.</summary>
internal interface ISoftmaxLoss : IDisposable
{
    /// <summary>The loss in nats and its gradient with respect to <paramref name="factors"/>, in the model's coordinates.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="factors">The pair.</param>
    /// <param name="cancellationToken">Checked within a batch.</param>
    (double Loss, Factors Gradient) Evaluate(SoftmaxBatch batch, Factors factors, CancellationToken cancellationToken);
}
