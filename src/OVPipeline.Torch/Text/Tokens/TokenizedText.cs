namespace OVPipeline.Torch;

/// <summary>What became of a text.</summary>
/// <param name="Files">Files read.</param>
/// <param name="SkippedFiles">Files of a folder that are no UTF-8 text.</param>
/// <param name="Documents">Documents in them.</param>
/// <param name="Characters">Characters encoded.</param>
/// <param name="Tokens">Tokens written, line breaks and separators with them.</param>
public sealed record TokenizedText(int Files, int SkippedFiles, long Documents, long Characters, long Tokens);
