namespace OVPipeline.Core;

/// <summary>A remark beside the figures: theory, a definition, a limit of the method.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Text">The remark.</param>
public sealed record ReportNote(string Title, string Text);
