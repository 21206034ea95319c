namespace OVPipeline.Experiments;

/// <summary>
/// One experiment on a model, with its options. It has no state: what it works with is in the laboratory, what it finds is in the result
/// that it returns. Derive from <see cref="Experiment{TOptions, TResult}"/> to write one.
/// </summary>
public interface IExperiment
{
    /// <summary>What it is called and what it asks.</summary>
    ExperimentInfo Info { get; }

    /// <summary>Why it cannot be run on the laboratory's model, or null where it can. Cheap: it is asked before any work.</summary>
    string? Unavailable(Laboratory laboratory);

    /// <summary>The result of a former run under the same conditions, or null where the laboratory keeps none.</summary>
    ExperimentResult? Kept(Laboratory laboratory);

    /// <summary>Runs it, or takes what the laboratory keeps of a former run under the same conditions.</summary>
    /// <param name="laboratory">The model and what is known of it.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="cancellationToken">Stops within a step; what was finished is kept.</param>
    /// <exception cref="InvalidOperationException">It cannot be run on this model (<see cref="Unavailable"/>).</exception>
    ExperimentResult Run(
        Laboratory laboratory, IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default);
}
