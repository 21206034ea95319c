namespace OVPipeline;

/// <summary>
/// A saved model's entry that OVPipeline wrote is missing, short, or not what was saved. ML.NET may wrap this in other exceptions.
/// </summary>
public sealed class CircuitModelException : FormatException
{
    /// <summary>Says what is wrong with an entry of the model file.</summary>
    public CircuitModelException(string entry, string reason, Exception? inner = null)
        : base($"Model entry '{entry}' {reason}.", inner) => Entry = entry;

    /// <summary>The entry in the zip.</summary>
    public string Entry { get; }
}
