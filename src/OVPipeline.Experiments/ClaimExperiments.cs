using OVPipeline.Checkpoints;

namespace OVPipeline.Experiments;

/// <summary>The experiments on the claim, in the order of the report.</summary>
public static class ClaimExperiments
{
    /// <summary>All of them.</summary>
    /// <param name="quick">Whether ranks, seeds, repeats and steps are few.</param>
    /// <param name="seed">Seed of everything random.</param>
    /// <param name="checkpoints">A folder or a hub id of checkpoints of the model's training; null for none.</param>
    /// <param name="valueRankResults">A folder with results of <see cref="ValueRankRuns"/>; null for none.</param>
    /// <param name="revisions">Which of them, by name or position; null for all.</param>
    /// <param name="loading">What the checkpoints' files do not say, as it was said of the model's own.</param>
    public static IReadOnlyList<IExperiment> All(
        bool quick = false, int seed = 1, string? checkpoints = null, string? valueRankResults = null,
        IReadOnlyList<string>? revisions = null, CheckpointOptions? loading = null) =>
    [
        new Reproduction((quick ? ReproductionOptions.Quick : new()) with { Seed = seed }),
        new RankFrontier((quick ? RankFrontierOptions.Quick : new()) with { Seed = seed }),
        new FairnessControls((quick ? FairnessControlsOptions.Quick : new()) with { Seed = seed }),
        new PutItBack((quick ? PutItBackOptions.Quick : new()) with { Seed = seed }),
        new HeadRoles((quick ? HeadRolesOptions.Quick : new()) with { Seed = seed }),
        new Dynamics((quick ? DynamicsOptions.Quick : new()) with
        {
            Seed = seed,
            Checkpoints = checkpoints,
            Revisions = revisions,
            Loading = loading,
        }),
        new OneOrTwoPatterns((quick ? OneOrTwoPatternsOptions.Quick : new()) with { Seed = seed }),
        new ValueRank(new() { Seed = seed, Results = valueRankResults }),
    ];
}
