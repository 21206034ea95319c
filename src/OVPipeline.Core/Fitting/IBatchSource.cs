namespace OVPipeline.Core;

/// <summary>Gives each optimiser step its batch.</summary>
internal interface IBatchSource
{
    /// <summary>An estimate of the accuracy that the last batch came with, or null where nothing new is known.</summary>
    double? Accuracy { get; }

    /// <summary>The next batch, for the factors as they are now.</summary>
    SoftmaxBatch Next(FactoredMatrix residual, CancellationToken cancellationToken);
}
