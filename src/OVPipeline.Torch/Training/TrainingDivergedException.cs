namespace OVPipeline.Torch;

/// <summary>A loss or a gradient is not finite. The step was not taken, and no checkpoint was written after it.</summary>
public sealed class TrainingDivergedException : InvalidOperationException
{
    /// <summary>Says at which step.</summary>
    public TrainingDivergedException(string message) : base(message) { }
}
