namespace OVPipeline;

/// <summary>How far a head atlas has come.</summary>
/// <param name="Part">What was done last, in words.</param>
/// <param name="Done">Steps done: a head, the composition scores, a pair.</param>
/// <param name="Total">Steps in all.</param>
public readonly record struct AtlasProgress(string Part, int Done, int Total);
