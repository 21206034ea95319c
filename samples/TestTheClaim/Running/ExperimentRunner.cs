using System.Reflection;
using OVPipeline.Checkpoints;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Runs experiments on a model, keeps what is finished, and takes what is kept.</summary>
internal sealed class ExperimentRunner
{
    private readonly RunOptions _options;
    private readonly IReadOnlyList<IExperiment> _experiments;

    /// <exception cref="ArgumentException"><c>--only</c> names an experiment that does not exist.</exception>
    /// <exception cref="IOException">The output folder cannot be written.</exception>
    public ExperimentRunner(IReadOnlyList<IExperiment> experiments, RunOptions options)
    {
        (_experiments, _options) = (experiments, options);
        foreach (string name in options.Only ?? [])
            if (experiments.All(experiment => experiment.Name != name))
                throw new ArgumentException($"--only names experiments of {string.Join(", ", experiments.Select(experiment => experiment.Name))}; there is no '{name}'.");
        RequireWritable(options.Output);
    }

    /// <summary>What was ignored of the cache, a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; private set; } = [];

    /// <summary>A section for each experiment, in order: run now, taken from the cache, or skipped with a reason.</summary>
    /// <param name="model">The model.</param>
    /// <param name="progress">A progress for each experiment that is run.</param>
    /// <param name="cancellationToken">Stops within a step; what was finished is kept.</param>
    public IReadOnlyList<ReportSection> Run(TransformerCheckpoint model, Func<IExperiment, IProgress<ExperimentProgress>> progress, CancellationToken cancellationToken)
    {
        string cache = Path.Combine(_options.Output, "cache");
        string key = $"model {ModelDigest.Of(model)}, text {TokenCounts.DigestOf(_options.Text) ?? "none"}, seed {_options.Seed}{(_options.Quick ? ", quick" : "")}";
        List<PartCache> caches = [];
        PartCache CacheOf(string name, int version, string? inputs = null)
        {
            caches.Add(new(cache, name, $"OVPipeline {CodeVersion}, {name} {version}, {key}{(inputs is null ? "" : $", {inputs}")}"));
            return caches[^1];
        }
        var shared = new TestedModel(model, _options, CacheOf("model", 2), cancellationToken);
        var sections = _experiments.Select(experiment =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var parts = CacheOf(experiment.Name, experiment.Version, experiment.Inputs(_options));
            var context = new ExperimentContext(shared, _options, parts);
            if (experiment.Unavailable(context) is { } reason)
                return ReportSection.Skipped(experiment.Name, experiment.Title, experiment.Question, reason.TrimEnd('.') + ".");
            bool wanted = _options.Only?.Contains(experiment.Name) ?? true;
            if (parts.Get<ReportSection>("section") is { } kept)
                return kept;
            if (!wanted)
                return ReportSection.Skipped(experiment.Name, experiment.Title, experiment.Question, "it was not asked for, and this folder holds no results of it.");
            var section = experiment.Run(context, progress(experiment), cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            parts.Put("section", section);
            return section;
        }).ToList();
        Remarks = [.. caches.SelectMany(parts => parts.Remarks)];
        return sections;
    }

    /// <summary>The version that the results are computed by; with the commit where the build knows it.</summary>
    public static string CodeVersion { get; } =
        typeof(ExperimentRunner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static void RequireWritable(string folder)
    {
        try
        {
            AtomicFile.Write(Path.Combine(folder, "probe"), path => File.WriteAllText(path, ""));
            File.Delete(Path.Combine(folder, "probe"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write into {folder}: {e.Message}", e);
        }
    }
}
