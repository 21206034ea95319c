namespace OVPipeline.Torch;

/// <summary>Where a run writes its checkpoints, its log and its model.</summary>
/// <param name="Folder">The run's folder.</param>
public sealed record TrainingOutput(TrainingFolder Folder)
{
    /// <summary>Minutes between checkpoints.</summary>
    public double CheckpointMinutes { get; init; } = 10;

    /// <summary>Tokens between copies of the model that are kept for good, in <c>snapshots</c>; null for none.</summary>
    public long? SnapshotTokens { get; init; }

    /// <summary>The tokenizer's file, which is copied beside every model; null for none.</summary>
    public string? Tokenizer { get; init; }
}
