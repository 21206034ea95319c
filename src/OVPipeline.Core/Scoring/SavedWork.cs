namespace OVPipeline.Core;

/// <summary>What the kernels may leave out where a bound shows that it cannot matter.</summary>
internal enum SavedWork
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Panels whose columns are too short.</summary>
    Panels,
    /// <summary>Those, and tiles whose sums of bytes are too small.</summary>
    PanelsAndTiles,
}
