namespace OVPipeline.Core;

/// <summary>The parts of an answer, in the order of a report.</summary>
public enum ReportTopic
{
    /// <summary>What is feasible: what rank can do.</summary>
    Can,
    /// <summary>What it cannot explain.</summary>
    CannotExplain,
    /// <summary>What else was found.</summary>
    Found,
    /// <summary>What remains open.</summary>
    Open,
    /// <summary>What was not informative on this model.</summary>
    NotInformative,
}
