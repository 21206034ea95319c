namespace OVPipeline.Core;

/// <summary>
/// A scoring engine that computes the losses of fits and their gradients, too: what takes most of a fit's time is then done where the
/// scoring is. A fit on an engine that only scores computes them on the processor.
/// </summary>
public interface IFittingEngine : IScoringEngine
{
    /// <summary>Begins a fit. The loss belongs to it, and is disposed when it ends.</summary>
    ISoftmaxLoss CreateLoss();
}
