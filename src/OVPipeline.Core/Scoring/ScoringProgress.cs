namespace OVPipeline.Core;

/// <summary>How far a scoring has come.</summary>
/// <param name="Rows">Rows scored so far.</param>
/// <param name="Total">Rows in all.</param>
public readonly record struct ScoringProgress(int Rows, int Total);
