namespace OVPipeline.Checkpoints;

/// <summary>A Python dictionary: pairs in order, with keys of any kind that are never hashed or compared.</summary>
internal sealed class PickleDictionary
{
    /// <summary>Keys and values, in the order in which the pickle sets them.</summary>
    public List<(object? Key, object? Value)> Items { get; } = [];
}
