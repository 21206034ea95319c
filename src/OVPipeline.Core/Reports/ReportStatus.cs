namespace OVPipeline.Core;

/// <summary>How a part of a report came out.</summary>
public enum ReportStatus
{
    /// <summary>It was run and can be read as it is.</summary>
    Done,
    /// <summary>It was not run; its reason says why.</summary>
    Skipped,
    /// <summary>It was run on a model that cannot decide its question; its reason says why.</summary>
    NotInformative,
}
