namespace OVPipeline.Core;

/// <summary>A scoring engine that computes the losses of fits, too.</summary>
internal interface IFittingEngine : IScoringEngine
{
    /// <summary>Begins a fit.</summary>
    ISoftmaxLoss CreateLoss();
}
