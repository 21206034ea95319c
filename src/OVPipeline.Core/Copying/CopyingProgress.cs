namespace OVPipeline.Core;

/// <summary>How far a search for copying heads has come.</summary>
/// <param name="Heads">What was scored last: a head, or two.</param>
/// <param name="Done">Circuits done.</param>
/// <param name="Total">Circuits in all: heads, then pairs.</param>
public readonly record struct CopyingProgress(string Heads, long Done, long Total);
