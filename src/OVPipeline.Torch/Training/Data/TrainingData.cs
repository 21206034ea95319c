namespace OVPipeline.Torch;

/// <summary>What a model is trained and tested on.</summary>
/// <param name="Training">The mixture that sequences are drawn from.</param>
/// <param name="Validation">Text that is not trained on; null for no validation loss.</param>
public sealed record TrainingData(TokenMixture Training, TokenFile? Validation = null);
