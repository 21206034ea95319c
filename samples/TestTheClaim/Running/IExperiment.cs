using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>One experiment on a model. It has no state: what it needs is in the context, what it finds is in the section it returns.</summary>
internal interface IExperiment
{
    /// <summary>What <c>--only</c> calls it and the section's id: lower-case letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>The section's heading.</summary>
    string Title { get; }

    /// <summary>What it asks, in a sentence or two.</summary>
    string Question { get; }

    /// <summary>Raised where its figures change, so that results of an older version are not taken for its own.</summary>
    int Version { get; }

    /// <summary>Why it cannot be run on this model, or null where it can. Cheap: it is asked before any work.</summary>
    string? Unavailable(ExperimentContext context) => null;

    /// <summary>What of the options it reads beside the model, its text and the seed, as one string that changes where that does; null for nothing.</summary>
    string? Inputs(RunOptions options) => null;

    /// <summary>Runs it. Long work goes into <see cref="ExperimentContext.Part"/>, so that an interrupted run goes on from there.</summary>
    ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken);
}
