namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The experiments, in the order of the report.</summary>
internal static class ExperimentList
{
    public static IReadOnlyList<IExperiment> All { get; } =
    [
        new Reproduction(), new RankFrontier(), new FairnessControls(), new PutItBack(), new HeadRoles(), new Dynamics(), new OneOrTwoPatterns(), new ValueRank(),
    ];
}
