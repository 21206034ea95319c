namespace OVPipeline.Torch;

/// <summary>What came of a run.</summary>
/// <param name="Steps">Steps taken.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Seconds">Seconds of training; what logs and checkpoints took is left out.</param>
/// <param name="ValidationLoss">Loss on validation text at the end, in nats a token; NaN where there is none.</param>
/// <param name="Row">The last row of the log; null where none was written.</param>
public sealed record TrainingResult(long Steps, long Tokens, double Seconds, double ValidationLoss, TrainingRow? Row);
