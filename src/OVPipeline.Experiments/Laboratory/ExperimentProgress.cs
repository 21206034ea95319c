namespace OVPipeline.Experiments;

/// <summary>Where an experiment stands.</summary>
/// <param name="Share">The share of its work that is done, in [0, 1].</param>
/// <param name="Doing">What it does now.</param>
public readonly record struct ExperimentProgress(double Share, string Doing);
