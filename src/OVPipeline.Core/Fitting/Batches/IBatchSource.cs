namespace OVPipeline.Core;

/// <summary>Gives each optimiser step its batch.</summary>
internal interface IBatchSource
{
    /// <summary>An estimate of the accuracy that the last batch came with, or null where nothing new is known.</summary>
    double? Accuracy { get; }

    /// <summary>The next batch.</summary>
    /// <param name="residual">The factors as they are now.</param>
    /// <param name="progress">How much of the fit is done, in [0, 1].</param>
    /// <param name="cancellationToken">Checked where examples are scored.</param>
    SoftmaxBatch Next(FactoredMatrix residual, double progress, CancellationToken cancellationToken);
}
