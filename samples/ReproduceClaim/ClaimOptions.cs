using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Spectre.Console;

namespace OVPipeline.Samples.ReproduceClaim;

/// <summary>What the command line says.</summary>
internal sealed record ClaimOptions
{
    public required Func<ProgressContext, CancellationToken, TransformerCheckpoint> Load { get; init; }
    public int? Rank { get; init; }
    public int? Top { get; init; }
    public IReadOnlyList<HeadIndex>? Heads { get; init; }
    public int Seed { get; init; } = 1;
    public double TestFraction { get; init; } = 0.2;
    public required IScoringEngine Engine { get; init; }
    public required string Out { get; init; }
}
