namespace OVPipeline.Experiments;

/// <summary>Fits at the rank and norm of A and of B with the embeddings of a checkpoint.</summary>
/// <param name="Tokens">Tokens trained on at the checkpoint.</param>
/// <param name="A">The fit at A's.</param>
/// <param name="B">The fit at B's.</param>
public sealed record CheckpointFrontier(long Tokens, CheckpointFit A, CheckpointFit B);

/// <summary>A fit at a head's rank and norm.</summary>
/// <param name="Top1">Its top-1 share.</param>
/// <param name="NotConverged">Why it cannot be what it is meant to be, in words; null where it can.</param>
public sealed record CheckpointFit(double Top1, string? NotConverged);
