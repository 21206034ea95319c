namespace OVPipeline.Core;

/// <summary>The answer in short: what the first screen of a report shows.</summary>
public sealed record ReportVerdict
{
    /// <summary>A sentence or two for each topic, in the order of topics.</summary>
    public required IReadOnlyList<ReportStatement> Statements { get; init; }

    /// <summary>How sure it is: of how many models, what is proved and what is measured.</summary>
    public required string Sureness { get; init; }

    /// <summary>The one chart that shows it; null for none.</summary>
    public ReportChart? Figure { get; init; }
}
