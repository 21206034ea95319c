using OVPipeline.Core;

namespace OVPipeline;

/// <summary>The row that getters read now: a place in a block of scored rows.</summary>
internal interface IScoredRow
{
    ScoredRows Scores { get; }

    int Index { get; }

    /// <summary>Whether the row's circuit vector holds no numbers, as a missing token's does.</summary>
    bool Missing { get; }
}
