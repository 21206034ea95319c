namespace OVPipeline.Samples.TestTheClaim;

/// <summary>What the command line says of a run, beside the model.</summary>
internal sealed record RunOptions
{
    /// <summary>Where everything is written.</summary>
    public required string Output { get; init; }

    /// <summary>Names of the experiments to run; null for all.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>Fewer ranks, seeds and repeats.</summary>
    public bool Quick { get; init; }

    /// <summary>Seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Fit seeds, random repeats and splits where an interval is shown.</summary>
    public int Repeats => Quick ? 3 : 5;
}
