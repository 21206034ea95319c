namespace OVPipeline.Torch;

/// <summary>How far a run is; reported after every step.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Loss">The last step's loss, in nats a token.</param>
/// <param name="LearningRate">The last step's learning rate.</param>
/// <param name="TokensPerSecond">Over the last steps.</param>
/// <param name="Row">The row of the log that was written after this step, or null.</param>
/// <param name="Saved">The checkpoint that was written after this step, or null.</param>
public sealed record TrainingProgress(
    long Step,
    long Steps,
    long Tokens,
    double Loss,
    double LearningRate,
    double TokensPerSecond,
    TrainingRow? Row = null,
    string? Saved = null);
