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
    private const string ResultPart = "result";

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
    /// Does the work. Long work goes into <see cref="ExperimentRun.Part"/>, so that an interrupted run goes on from there.
    /// </summary>
    protected abstract TResult Measure(ExperimentRun run);

    /// <summary>The result of a former run under the same conditions, or null where the laboratory keeps none.</summary>
    public TResult? Kept(Laboratory laboratory) => Parts(laboratory).Get<TResult>(ResultPart);

    /// <inheritdoc cref="IExperiment.Run"/>
    public TResult Run(Laboratory laboratory, IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        if (Unavailable(laboratory) is { } reason)
            throw new InvalidOperationException(
                $"{Info.Title} cannot be run on {laboratory.Model.Weights.Config.Name}: {reason.TrimEnd('.')}.");
        var parts = Parts(laboratory);
        if (parts.Get<TResult>(ResultPart) is { } kept)
            return kept;
        var result = Measure(new(laboratory, parts, progress, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        parts.Put(ResultPart, result);
        return result;
    }

    ExperimentResult? IExperiment.Kept(Laboratory laboratory) => Kept(laboratory);

    ExperimentResult IExperiment.Run(Laboratory laboratory, IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken) =>
        Run(laboratory, progress, cancellationToken);

    private ResultParts Parts(Laboratory laboratory)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        string inputs = Inputs(laboratory) is { } more ? $", {more}" : "";
        string key = $"{Info.Name} {Version}, {laboratory.Key}, options {JsonSerializer.Serialize(Options, s_json)}{inputs}";
        return laboratory.Store.Parts(Info.Name, key);
    }
}
