using System.Text.Json.Serialization;

namespace OVPipeline.Experiments;

/// <summary>What "dynamics" reads, and at how many checkpoints it fits.</summary>
public sealed record DynamicsOptions : ExperimentOptions
{
    /// <summary>
    /// The checkpoints of the model's training: a folder, or a hub id, as <see cref="Checkpoints.CheckpointSeries.Open"/> takes it; null
    /// for none. A result depends on the files in a folder, not on where it is.
    /// </summary>
    [JsonIgnore]
    public string? Checkpoints { get; init; }

    /// <summary>
    /// Which of the checkpoints, by name or position as <see cref="Checkpoints.CheckpointSeries.Choose"/> takes them; null for all.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<string>? Revisions { get; init; }

    /// <summary>
    /// What the checkpoints' files do not say, and what to do to their weights, as it was said of the model itself: positions,
    /// configuration, folding. Scales of norms are those of each checkpoint's own lone embeddings where the model's are held. Null for
    /// nothing.
    /// </summary>
    [JsonIgnore]
    public Checkpoints.CheckpointOptions? Loading { get; init; }

    /// <summary>
    /// At about how many checkpoints, evenly among them, a fit of each head's rank and norm is made; there is always one at the last, and
    /// one where both heads have started. At least 1.
    /// </summary>
    public int FrontierFits { get; init; } = 10;

    /// <summary>Few fits of 40 steps each: for a first look.</summary>
    public static DynamicsOptions Quick { get; } = new() { MaxFitSteps = QuickFitSteps, FrontierFits = 2 };
}
