using OVPipeline.Checkpoints;

namespace OVPipeline.Studies;

/// <summary>A model of a study, with the revisions that are measured.</summary>
/// <param name="Name">What the study calls it: letters, digits, dots, hyphens and underscores.</param>
/// <param name="Source">A file, a folder, or a hub id.</param>
/// <param name="Revisions">
/// Names of its revisions, in order: checkpoints of a folder's training, or revisions of a hub's model. One empty name for the model
/// itself.
/// </param>
public sealed record StudyModel(string Name, string Source, IReadOnlyList<string> Revisions)
{
    /// <summary>Its sizes as the study says them, so that it can be planned where the model is not; null to read them of it.</summary>
    public ModelSizes? Sizes { get; init; }

    /// <summary>What is done to its weights.</summary>
    public CheckpointOptions Options { get; init; } = new();

    /// <summary>What is done to its weights, as a text.</summary>
    internal string Processing => string.Join(' ', new[]
    {
        Options.FoldLayerNorm ? "fold-layer-norm" : null,
        Options.CenterWritingWeights ? "center-writing-weights" : null,
        Options.CenterUnembed ? "center-unembed" : null,
        Options.FoldValueBiases ? "fold-value-biases" : null,
        Options.NormScales == NormScaleSource.LoneEmbedding ? "lone-embedding" : null,
    }.OfType<string>());

    /// <summary>What people call one of its revisions.</summary>
    public string At(string revision) => revision.Length == 0 ? Name : $"{Name}@{revision}";

    /// <summary>Loads it at one of its revisions.</summary>
    /// <param name="revision">The name of the revision; empty for the model itself.</param>
    /// <param name="hub">The client that fetches ids; null for one with the settings of the environment.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="CheckpointException">It cannot be used; the message says why.</exception>
    public TransformerCheckpoint Load(string revision, HubClient? hub = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(revision);
        using var own = hub is null ? new HubClient() : null;
        var client = hub ?? own!;
        if (revision.Length == 0)
            return TransformerCheckpoint.Load(Source, Options, client, null, cancellationToken);
        if (!Directory.Exists(Source))
            return TransformerCheckpoint.Load(Source, Options with { Revision = revision }, client, null, cancellationToken);
        // Checkpoints of a folder's training have its tokens.
        var series = CheckpointSeries.Open(Source, Options, client, cancellationToken).Choose([revision]);
        var weights = series.Load(series.Checkpoints[0], cancellationToken: cancellationToken);
        return TransformerCheckpoint.Load(Source, Options, client, null, cancellationToken).WithWeights(weights);
    }
}
