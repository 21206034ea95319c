namespace OVPipeline.Studies;

/// <summary>How a unit stands.</summary>
public enum UnitState
{
    /// <summary>Its part is there and whole.</summary>
    Done,

    /// <summary>Nothing is there of it.</summary>
    Missing,

    /// <summary>It was tried, and failed.</summary>
    Failed,

    /// <summary>Its part is there and is not whole, or not its own: the next run does it again.</summary>
    Damaged,
}

/// <summary>How a unit stands, and why.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="State">How it stands.</param>
/// <param name="Why">Why it failed or is damaged, a sentence; null for the others.</param>
public sealed record UnitStatus(StudyUnit Unit, UnitState State, string? Why)
{
    internal StudyPart? Part { get; init; }
}
