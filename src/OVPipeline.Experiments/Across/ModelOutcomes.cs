using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What experiments found on one of several models.</summary>
/// <param name="Model">What tables call the model.</param>
/// <param name="Outcomes">What became of each experiment, in the order of the report.</param>
public sealed record ModelOutcomes(string Model, IReadOnlyList<ExperimentOutcome> Outcomes)
{
    /// <summary>The result of an experiment; null where it was not run.</summary>
    /// <typeparam name="TResult">The experiment's kind of result.</typeparam>
    public TResult? Result<TResult>() where TResult : ExperimentResult =>
        Outcomes.Select(outcome => outcome.Result).OfType<TResult>().FirstOrDefault();
}
