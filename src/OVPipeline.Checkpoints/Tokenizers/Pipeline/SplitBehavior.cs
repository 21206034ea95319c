namespace OVPipeline.Checkpoints;

/// <summary>Where what a pattern matched goes when text is split by it; the names are those of tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>Nowhere.</summary>
    Removed,

    /// <summary>Each match is a piece.</summary>
    Isolated,

    /// <summary>To the end of the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>To the start of the piece after it.</summary>
    MergedWithNext,

    /// <summary>Matches that touch are one piece.</summary>
    Contiguous,
}
