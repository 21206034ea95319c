namespace OVPipeline.Core;

/// <summary>A part of a report, the outcome of one experiment.</summary>
public sealed record ReportSection
{
    /// <summary>Its name in links.</summary>
    public required string Id { get; init; }

    /// <summary>Its heading.</summary>
    public required string Title { get; init; }

    /// <summary>What it asks, in a sentence or two.</summary>
    public required string Question { get; init; }

    /// <summary>How it came out.</summary>
    public ReportStatus Status { get; init; }

    /// <summary>Why it was skipped or is not informative; null where it is neither.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it was not planned as a test of anything.</summary>
    public bool Exploratory { get; init; }

    /// <summary>Sentences computed from the tables.</summary>
    public IReadOnlyList<ReportStatement> Statements { get; init; } = [];

    /// <summary>Charts.</summary>
    public IReadOnlyList<ReportChart> Charts { get; init; } = [];

    /// <summary>Tables.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>Remarks beside the figures.</summary>
    public IReadOnlyList<ReportNote> Notes { get; init; } = [];

    /// <summary>A section that was not run.</summary>
    public static ReportSection Skipped(string id, string title, string question, string reason) =>
        new() { Id = id, Title = title, Question = question, Status = ReportStatus.Skipped, Reason = reason };
}
