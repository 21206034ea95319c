using System.Text.Json;
using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// An experiment with options and a typed result: an override of <see cref="Measure"/> and a version are all that a new one needs. A result
/// is kept under the digest of the model and its text, the options, and the result's own version; not under that of the code.
/// </summary>
/// <typeparam name="TOptions">A record of options, written as JSON into the key.</typeparam>
/// <typeparam name="TResult">A record of what it finds, written and read as JSON.</typeparam>
public abstract class Experiment<TOptions, TResult> : IExperiment
    where TOptions : ExperimentOptions
    where TResult : ExperimentResult
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>An experiment with its options.</summary>
    protected Experiment(TOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
    }

    /// <inheritdoc/>
    public abstract ExperimentInfo Info { get; }

    /// <summary>Its options.</summary>
    public TOptions Options { get; }

    /// <summary>Raised where the figures change, so that results of an older version are not taken for its own.</summary>
    protected abstract int Version { get; }

    /// <inheritdoc/>
    /// <remarks>Unless it is overridden: where copying is not defined, which experiments are about.</remarks>
    public virtual string? Unavailable(Laboratory laboratory)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        return laboratory.Forward.NoCopying;
    }

    /// <summary>
    /// What it reads beside the model, its text and the options, as one string that changes where that does; null for nothing.
    /// </summary>
    protected virtual string? Inputs(Laboratory laboratory) => null;

    /// <summary>
    /// Whether a result that is kept answers what is asked; it always does unless this is overridden. For options that are no part of the
    /// key, since a result for one value of theirs can do for others.
    /// </summary>
    /// <param name="kept">A result of the same key.</param>
    protected virtual bool Answers(TResult kept) => true;

    /// <summary>
    /// Does the work. Long work goes into <see cref="ExperimentRun.Part"/>, so that an interrupted run goes on from there.
    /// </summary>
    protected abstract TResult Measure(ExperimentRun run);

    /// <summary>
    /// The result of a former run under the same conditions, or one that came with the model; null where there is none, or where it cannot
    /// be run here and none came.
    /// </summary>
    public TResult? Kept(Laboratory laboratory)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        return Answering(laboratory.Store.Published<TResult>(Info.Name, Key(laboratory)))
            ?? (Unavailable(laboratory) is null ? Answering(Parts(laboratory).Get<TResult>(ResultParts.Whole)) : null);
    }

    /// <inheritdoc cref="IExperiment.Run"/>
    public TResult Run(Laboratory laboratory, IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (Kept(laboratory) is { } kept)
            return kept;
        if (Unavailable(laboratory) is { } reason)
            throw new InvalidOperationException(
                $"{Info.Title} cannot be run on {laboratory.Model.Weights.Config.Name}: {reason.TrimEnd('.')}.");
        var parts = Parts(laboratory);
        var result = Measure(new(laboratory, parts, progress, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        parts.Put(ResultParts.Whole, result);
        return result;
    }

    ExperimentResult? IExperiment.Kept(Laboratory laboratory) => Kept(laboratory);

    ExperimentResult IExperiment.Run(Laboratory laboratory, IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken) =>
        Run(laboratory, progress, cancellationToken);

    private TResult? Answering(TResult? kept) => kept is not null && Answers(kept) ? kept : null;

    private ResultParts Parts(Laboratory laboratory)
    {
        string inputs = Inputs(laboratory) is { } more ? $", {more}" : "";
        return laboratory.Store.Parts(Info.Name, Key(laboratory) + inputs);
    }

    // All that a result depends on but what it reads beside the model and its text.
    private string Key(Laboratory laboratory) =>
        $"{Info.Name} {Version}, {laboratory.Key}, options {JsonSerializer.Serialize(Options, s_json)}";
}
