namespace OVPipeline.Checkpoints.Tests;

/// <summary>A row of docs/what-works.md.</summary>
/// <param name="What">What people have.</param>
/// <param name="Read">What becomes of it here.</param>
/// <param name="Test">The test that shows it: class and method, and the case in parentheses where the test has many.</param>
internal sealed record WorksOn(string What, string Read, string Test);
