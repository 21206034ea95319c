namespace OVPipeline.Experiments;

/// <summary>Fits at the rank and norm of A and of B with the embeddings of a checkpoint.</summary>
/// <param name="Top1">Top-1 share of each.</param>
/// <param name="NotConverged">Why each cannot be what it is meant to be, in words; null where it can.</param>
internal sealed record CheckpointFrontier(double[] Top1, string?[] NotConverged);
