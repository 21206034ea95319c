namespace OVPipeline.Reporting;

/// <summary>What a column of a table holds.</summary>
public enum ReportColumnKind
{
    /// <summary>Text.</summary>
    Text,
    /// <summary>Whole numbers.</summary>
    Count,
    /// <summary>Numbers.</summary>
    Number,
    /// <summary>Shares in [0, 1], shown in percent.</summary>
    Share,
}
