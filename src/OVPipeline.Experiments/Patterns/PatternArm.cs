using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>An arm that the accounts speak of.</summary>
/// <param name="Name">What was fitted.</param>
/// <param name="R">Its share of the baseline's gain.</param>
public sealed record PatternArm(string Name, ConfidenceInterval R);
