namespace OVPipeline.Core;

/// <summary>What a column of a table holds.</summary>
public enum ReportColumnKind
{
    /// <summary>Text that names no heads.</summary>
    Text,
    /// <summary>Whole numbers.</summary>
    Count,
    /// <summary>Numbers.</summary>
    Number,
    /// <summary>Shares in [0, 1], shown in percent.</summary>
    Share,
    /// <summary>Heads, or names that hold heads: 1.10 where people read it, L1H10 in files.</summary>
    Heads,
}
