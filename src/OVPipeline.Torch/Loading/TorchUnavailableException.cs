namespace OVPipeline.Torch;

/// <summary>
/// libtorch, or the device asked for, is not there for this process. The message says in one sentence what is missing and the ways out.
/// </summary>
public sealed class TorchUnavailableException : InvalidOperationException
{
    /// <summary>Says what is missing.</summary>
    public TorchUnavailableException(string message, Exception? inner = null) : base(message, inner) { }
}
