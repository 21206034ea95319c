using System.Runtime.CompilerServices;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Runs experiments on a model, in order: takes what the laboratory keeps, runs what is missing, skips what cannot be run.
/// </summary>
public sealed class ExperimentRunner
{
    private readonly IReadOnlyList<IExperiment> _experiments;
    private readonly IReadOnlyCollection<string>? _only;

    /// <summary>A runner.</summary>
    /// <param name="experiments">The experiments, in the order of the report.</param>
    /// <param name="only">Names of those to run; null for all. Of the others what is kept is shown.</param>
    /// <exception cref="ArgumentException"><paramref name="only"/> names an experiment that is not among them.</exception>
    public ExperimentRunner(IReadOnlyList<IExperiment> experiments, IReadOnlyCollection<string>? only = null)
    {
        ArgumentNullException.ThrowIfNull(experiments);
        _experiments = experiments;
        _only = only;
        string[] names = [.. experiments.Select(experiment => experiment.Info.Name)];
        if (only?.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
            throw new ArgumentException($"There is no experiment '{unknown}'; there are {string.Join(", ", names)}.", nameof(only));
    }

    /// <summary>An outcome for each experiment, in order.</summary>
    /// <param name="laboratory">The model and what is known of it.</param>
    /// <param name="progress">A progress for each experiment that is run; null for none.</param>
    /// <param name="cancellationToken">Stops within a step; what was finished is kept.</param>
    public IReadOnlyList<ExperimentOutcome> Run(
        Laboratory laboratory, Func<ExperimentInfo, IProgress<ExperimentProgress>>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        return [.. _experiments.Select(experiment =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var info = experiment.Info;
            if (experiment.Kept(laboratory) is { } kept)
                return new ExperimentOutcome(info, kept, null);
            if (experiment.Unavailable(laboratory) is { } reason)
                return new(info, null, reason.TrimEnd('.') + ".");
            bool wanted = _only?.Contains(info.Name) ?? true;
            return wanted
                ? RunOrSay(experiment, laboratory, progress?.Invoke(info), cancellationToken)
                : new(info, null, "it was not asked for, and this folder holds no results of it.");
        })];
    }

    // A forward pass that ends in no numbers, or for which memory is too small, is a reason too: others may need none.
    private static ExperimentOutcome RunOrSay(
        IExperiment experiment, Laboratory laboratory, IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return new(experiment.Info, experiment.Run(laboratory, progress, cancellationToken), null);
        }
        catch (Exception e) when (e is NotFiniteNumberException or InsufficientMemoryException)
        {
            return new(experiment.Info, null, e.Message);
        }
    }
}

/// <summary>What became of an experiment.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Result">What it found; null where it was not run.</param>
/// <param name="Skipped">Why it was not run; null where it was.</param>
public sealed record ExperimentOutcome(ExperimentInfo Experiment, ExperimentResult? Result, string? Skipped)
{
    // Some take seconds to make, for their intervals; a report on several models asks for each several times.
    private static readonly ConditionalWeakTable<ExperimentResult, ReportSection> s_sections = [];

    /// <summary>Its part of a report; of one result it is made once.</summary>
    public ReportSection ToSection() => Result is not null
        ? s_sections.GetValue(Result, result => result.ToSection())
        : ReportSection.Skipped(Experiment.Name, Experiment.Title, Experiment.Question, Skipped ?? "it was not run.");
}
