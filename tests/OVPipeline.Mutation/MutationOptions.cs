namespace OVPipeline.Mutation;

/// <summary>What a run is asked to do.</summary>
internal sealed record MutationOptions
{
    public required int Count { get; init; }

    public required int Seed { get; init; }

    /// <summary>Only mutants of this project, or of all.</summary>
    public string? Project { get; init; }

    /// <summary>Only mutants in whose <c>Type.Member</c> this occurs, or one of several parts with commas between.</summary>
    public string? Member { get; init; }

    /// <summary>The time for everything, from the start of the program.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>The score that the areas that must lose nothing must have, in percent.</summary>
    public double LeastScore { get; init; } = 100;

    /// <summary>Only the tests of this project, or of all.</summary>
    public string? Tests { get; init; }

    public required int Workers { get; init; }

    public bool OnlyList { get; init; }
}
