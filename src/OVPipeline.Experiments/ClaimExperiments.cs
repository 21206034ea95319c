namespace OVPipeline.Experiments;

/// <summary>The experiments on the claim, in the order of the report.</summary>
public static class ClaimExperiments
{
    /// <summary>All of them.</summary>
    /// <param name="quick">Whether ranks, seeds, repeats and steps are few.</param>
    /// <param name="seed">Seed of everything random.</param>
    public static IReadOnlyList<IExperiment> All(bool quick = false, int seed = 1) =>
    [
        new Reproduction((quick ? ReproductionOptions.Quick : new()) with { Seed = seed }),
        new RankFrontier((quick ? RankFrontierOptions.Quick : new()) with { Seed = seed }),
        new FairnessControls((quick ? FairnessControlsOptions.Quick : new()) with { Seed = seed }),
        new PutItBack((quick ? PutItBackOptions.Quick : new()) with { Seed = seed }),
        new HeadRoles((quick ? HeadRolesOptions.Quick : new()) with { Seed = seed }),
    ];
}
