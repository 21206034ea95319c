namespace OVPipeline.Experiments;

/// <summary>What an experiment is called and what it asks.</summary>
/// <param name="Name">Its name in files and on command lines: lower-case letters, digits and hyphens.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Question">What it asks, in a sentence or two.</param>
public sealed record ExperimentInfo(string Name, string Title, string Question);
