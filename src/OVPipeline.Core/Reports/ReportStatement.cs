namespace OVPipeline.Core;

/// <summary>A sentence that was computed from a table.</summary>
/// <param name="Topic">What part of the answer it belongs to.</param>
/// <param name="Text">The sentence.</param>
/// <param name="Table">The id of the table that it was computed from.</param>
/// <exception cref="ArgumentException">
/// <paramref name="Table"/> is no id: it holds other than lower-case letters, digits and hyphens.
/// </exception>
public sealed record ReportStatement(ReportTopic Topic, string Text, string Table)
{
    /// <summary>The id of the table that it was computed from.</summary>
    public string Table { get; init; } = Id(Table);

    private static string Id(string table)
    {
        ReportId.Require(table);
        return table;
    }
}
