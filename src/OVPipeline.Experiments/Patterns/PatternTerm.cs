using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>An OV circuit that is to be fitted.</summary>
/// <param name="Pattern">The head under whose attention pattern it reads.</param>
/// <param name="Rank">Its rank.</param>
public sealed record PatternTerm(HeadIndex Pattern, int Rank);
