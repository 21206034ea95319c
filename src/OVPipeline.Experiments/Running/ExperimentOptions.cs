using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// What every experiment's options have. Options are part of what a kept result depends on: all that they hold is written into its key as
/// JSON.
/// </summary>
public abstract record ExperimentOptions
{
    /// <summary>Fitting steps where a run is to be quick.</summary>
    protected const int QuickFitSteps = 40;

    /// <summary>Seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The most steps of a fit; null for as many as <see cref="LowRankFitOptions"/> gives by itself.</summary>
    public int? MaxFitSteps { get; init; }

    /// <summary>How a copier of a rank is fitted where nothing else is said.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="repeat">Which of the repeats: it moves the seed.</param>
    public LowRankFitOptions Fit(int rank, int repeat = 0) => new() { Rank = rank, Seed = Seed + repeat, MaxSteps = MaxFitSteps };
}
