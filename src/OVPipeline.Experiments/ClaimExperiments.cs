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
        [.. Kinds(checkpoints, valueRankResults, revisions, loading).Select(kind => kind.Create(quick, seed))];

    /// <summary>All of them by name, to be made with options of their own.</summary>
    /// <inheritdoc cref="All" path="/param[@name='checkpoints' or @name='valueRankResults' or @name='revisions' or @name='loading']"/>
    public static IReadOnlyList<ExperimentKind> Kinds(
        string? checkpoints = null, string? valueRankResults = null, IReadOnlyList<string>? revisions = null,
        CheckpointOptions? loading = null) =>
    [
        ExperimentKind.Of(options => new Reproduction(options), new(), ReproductionOptions.Quick),
        ExperimentKind.Of(options => new RankFrontier(options), new(), RankFrontierOptions.Quick),
        ExperimentKind.Of(options => new FairnessControls(options), new(), FairnessControlsOptions.Quick),
        ExperimentKind.Of(options => new PutItBack(options), new(), PutItBackOptions.Quick),
        ExperimentKind.Of(options => new HeadRoles(options), new(), HeadRolesOptions.Quick),
        ExperimentKind.Of(
            options => new Dynamics(options with { Checkpoints = checkpoints, Revisions = revisions, Loading = loading }), new(),
            DynamicsOptions.Quick),
        ExperimentKind.Of(options => new OneOrTwoPatterns(options), new(), OneOrTwoPatternsOptions.Quick),
        ExperimentKind.Of<ValueRankOptions>(options => new ValueRank(options with { Results = valueRankResults }), new(), new()),
    ];
}
