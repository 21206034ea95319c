using OVPipeline.Core;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>What the command line says of a run, beside the model.</summary>
internal sealed record RunOptions
{
    private const int QuickFitSteps = 40;

    /// <summary>Where everything is written.</summary>
    public required string Output { get; init; }

    /// <summary>Names of the experiments to run; null for all.</summary>
    public IReadOnlyList<string>? Only { get; init; }

    /// <summary>Fewer ranks, seeds, repeats and fitting steps.</summary>
    public bool Quick { get; init; }

    /// <summary>Seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A folder of texts (*.txt) to count tokens in; null for none.</summary>
    public string? Text { get; init; }

    /// <summary>A folder of checkpoints of the model's training; null for none.</summary>
    public string? Checkpoints { get; init; }

    /// <summary>Whether norms are held at scales measured on text.</summary>
    public bool MeasureNorms { get; init; }

    /// <summary>A folder with results of experiment 8; null for none.</summary>
    public string? ValueRankResults { get; init; }

    /// <summary>Fits with other seeds, other random permutations or models, where an interval is shown.</summary>
    public int Repeats => Quick ? 1 : 3;

    /// <summary>Repeated splits into fitted and held-out tokens.</summary>
    public int Splits => Quick ? 2 : 5;

    /// <summary>How a copier of a rank is fitted where nothing else is said.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="repeat">Which of the repeats: it moves the seed.</param>
    public LowRankFitOptions Fit(int rank, int repeat = 0) => new() { Rank = rank, Seed = Seed + repeat, MaxSteps = Quick ? QuickFitSteps : null };
}
