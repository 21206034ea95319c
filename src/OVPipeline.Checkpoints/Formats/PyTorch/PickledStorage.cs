namespace OVPipeline.Checkpoints;

/// <summary>A storage that a pickle refers to: the archive's entry <c>data/{Key}</c>, of a number of elements.</summary>
internal sealed record PickledStorage(ElementType Type, string Key, long Length);
