namespace OVPipeline.Checkpoints;

/// <summary>A tensor as a safetensors header lists it; offsets are bytes from the header's end, and fit type and shape.</summary>
internal sealed record SafetensorsEntry(string Name, ElementType Type, IReadOnlyList<long> Shape, long Begin, long End);
