namespace OVPipeline.Reporting;

/// <summary>A column of a <see cref="ConsoleTable"/>.</summary>
/// <param name="Heading">What stands above it; it may be broken at spaces.</param>
/// <param name="IsText">Whether it holds words, which stand at the left, rather than numbers.</param>
/// <param name="Priority">Where columns must be left out, those of higher numbers go first, and among equals those further right.</param>
/// <param name="Wraps">Whether it holds sentences, which may go on in a further line of their row.</param>
public sealed record ConsoleColumn(string Heading, bool IsText = false, int Priority = 0, bool Wraps = false);
