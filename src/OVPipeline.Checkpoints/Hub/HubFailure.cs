namespace OVPipeline.Checkpoints;

/// <summary>A request that did not give what was asked for.</summary>
internal sealed class HubFailure : Exception
{
    /// <summary>Says what went wrong, and whether another try may help.</summary>
    public HubFailure(string reason, bool isTransient, TimeSpan? wait = null, Exception? inner = null)
        : base(reason, inner) => (IsTransient, Wait) = (isTransient, wait);

    /// <summary>Whether another try may help.</summary>
    public bool IsTransient { get; }

    /// <summary>How long the hub asks to wait before it.</summary>
    public TimeSpan? Wait { get; }
}
