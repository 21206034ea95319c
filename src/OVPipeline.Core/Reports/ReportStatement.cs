namespace OVPipeline.Core;

/// <summary>A sentence that was computed from a table.</summary>
/// <param name="Topic">What part of the answer it belongs to.</param>
/// <param name="Text">The sentence.</param>
/// <param name="Table">The id of the table that it was computed from.</param>
public sealed record ReportStatement(ReportTopic Topic, string Text, string Table);
