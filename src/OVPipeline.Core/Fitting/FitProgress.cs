namespace OVPipeline.Core;

/// <summary>Where a fit stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Most steps there will be.</param>
/// <param name="Loss">The step's own loss estimate, in nats.</param>
/// <param name="Accuracy">Share of the examples ranked first at the last full look, or null before one.</param>
/// <param name="Elapsed">Time since the fit began.</param>
/// <param name="Remaining">Estimated time to <paramref name="Steps"/>.</param>
public readonly record struct FitProgress(int Step, int Steps, double Loss, double? Accuracy, TimeSpan Elapsed, TimeSpan Remaining);
