namespace OVPipeline.Core;

/// <summary>What the rows and the columns of a token circuit stand for.</summary>
public enum CircuitAxes
{
    /// <summary>A row for each source token, a column for each output token: OV circuits, the direct path, copiers.</summary>
    SourceToOutput,
    /// <summary>
    /// A row for each query token, a column for each key token: a row's highest entry is the key that the query attends to most.
    /// </summary>
    QueryToKey,
    /// <summary>
    /// A row for each key token, a column for each query token: a row's highest entry is the query that attends to the key most.
    /// </summary>
    KeyToQuery,
    /// <summary>
    /// A row for each output token, a column for each source token: the transpose of <see cref="SourceToOutput"/>, whose row ranks are the
    /// ranks in columns.
    /// </summary>
    OutputToSource,
}
