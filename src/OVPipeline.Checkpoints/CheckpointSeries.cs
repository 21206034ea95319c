using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The checkpoints of a training, and their weights. They are told from other files by their names: <c>tokens-005M.safetensors</c>,
/// <c>step1000</c>, <c>checkpoints/tokens_4980736.pth</c>, a Trainer's <c>checkpoint-500</c>.
/// </summary>
public sealed class CheckpointSeries
{
    private const string Folder = "checkpoints";
    private static readonly string[] s_extensions = [".safetensors", ".pth", ".pt", ".bin", ".onnx", ".gguf"];
    private readonly CheckpointOptions _options;
    private readonly HubClient? _hub;

    private CheckpointSeries(string source, SeriesUnit unit, IReadOnlyList<SeriesCheckpoint> checkpoints, CheckpointOptions options,
        HubClient? hub)
    {
        Source = source;
        Unit = unit;
        Checkpoints = checkpoints;
        _options = options;
        _hub = hub;
    }

    /// <summary>Where it was looked for.</summary>
    public string Source { get; }

    /// <summary>What <see cref="SeriesCheckpoint.Position"/> counts.</summary>
    public SeriesUnit Unit { get; }

    /// <summary>The checkpoints, by position, ascending; none where there are none.</summary>
    public IReadOnlyList<SeriesCheckpoint> Checkpoints { get; }

    /// <summary>Finds the checkpoints of a training. No weights are read, and none are fetched.</summary>
    /// <param name="source">
    /// A folder of files or folders, or of a model with a folder <c>checkpoints</c>; or a hub id or one of TransformerLens' names, whose
    /// revisions are the checkpoints (Pythia's <c>step1000</c>), else files in folders of it
    /// (<c>checkpoints/tokens_4980736.pth</c>); or several files or folders, with commas between them.
    /// </param>
    /// <param name="options">
    /// What their files do not say, and what to do to their weights; the configuration of a folder's model stands for those beside which
    /// there is none.
    /// </param>
    /// <param name="hub">The client that lists and fetches; null for one with the settings of the environment.</param>
    /// <param name="cancellationToken">Stops listing.</param>
    /// <exception cref="CheckpointException">There is nothing of that name, or the hub does not list it.</exception>
    public static CheckpointSeries Open(
        string source, CheckpointOptions? options = null, HubClient? hub = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        options ??= new();
        if (Directory.Exists(source))
            return InFolder(source, options, hub);
        if (source.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 1 } several)
            return OfFiles(source, several, options, hub);
        if (File.Exists(source) || HubSource.Parse(source) is not { File: null } named)
            throw new CheckpointException(source, null, "there is no such folder, and it is no hub id: no series of checkpoints.");
        if (hub is not null)
            return OnHub(source, named, options, hub, cancellationToken);
        using var own = new HubClient();
        return OnHub(source, named, options, own, cancellationToken).With(null);
    }

    /// <summary>
    /// How far a training had come, as a checkpoint's name says it: 1000 of <c>step1000</c>, 5,000,000 of <c>5M</c>; null where it says
    /// nothing.
    /// </summary>
    /// <param name="name">The name of a file, a folder or a revision.</param>
    public static long? PositionOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return SeriesName.OfFile(name)?.Position ?? (SeriesName.Number(name) is >= 0 and var number ? number : null);
    }

    /// <summary>Loads a checkpoint's weights: no tokenizer is looked for.</summary>
    /// <param name="checkpoint">One of <see cref="Checkpoints"/>.</param>
    /// <param name="progress">Told about each part of each file that is fetched.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="CheckpointException">They cannot be used; the message says why.</exception>
    public TransformerWeights Load(
        SeriesCheckpoint checkpoint, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return TransformerCheckpoint.LoadWeights(checkpoint.Source, _options, _hub, progress, cancellationToken);
    }

    /// <summary>Some of the checkpoints, in the order of the training.</summary>
    /// <param name="names">Their names or positions: <c>step1000</c>, <c>1000</c>, <c>5M</c>.</param>
    /// <exception cref="CheckpointException">There is none of a name; the message says which there are.</exception>
    public CheckpointSeries Choose(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var chosen = names.Select(Find).DistinctBy(checkpoint => checkpoint.Position).OrderBy(checkpoint => checkpoint.Position);
        return new(Source, Unit, [.. chosen], _options, _hub);

        SeriesCheckpoint Find(string name)
        {
            if (Checkpoints.FirstOrDefault(one => one.Name == name || one.Position == SeriesName.Number(name)) is { } found)
                return found;
            string has = Checkpoints.Count == 0 ? "none at all" : $"{Checkpoints.Count}, {Checkpoints[0].Name} to {Checkpoints[^1].Name}";
            throw new CheckpointException(Source, null, $"has no checkpoint {name}; it has {has}.");
        }
    }

    private CheckpointSeries With(HubClient? hub) => new(Source, Unit, Checkpoints, _options, hub);

    private static CheckpointSeries OfFiles(string source, string[] several, CheckpointOptions options, HubClient? hub)
    {
        if (several.FirstOrDefault(path => !Path.Exists(path)) is { } missing)
            throw new CheckpointException(missing, null, "there is no such file or folder.");
        if (several.FirstOrDefault(path => SeriesName.OfFile(path) is null) is { } unnumbered)
            throw new CheckpointException(unnumbered, null, "its name does not say where in a training it stands, as step1000 does.");
        var (unit, found) = Sorted(several.Select(path => (Path.GetFileName(path), path, SeriesName.OfFile(path))));
        return found.Count == several.Length
            ? new(source, unit, found, options, hub)
            : throw new CheckpointException(source, null, "two of them stand at one place of a training, or count different things.");
    }

    private static CheckpointSeries InFolder(string folder, CheckpointOptions options, HubClient? hub)
    {
        var (unit, found) = In(folder);
        string deeper = Path.Combine(folder, Folder);
        string at = folder;
        if (found.Count == 0 && Directory.Exists(deeper))
        {
            (unit, found) = In(deeper);
            at = deeper;
        }
        string[] configs = [Path.Combine(at, "config.json"), Path.Combine(at, "..", "config.json")];
        // Folders of their own have configurations of their own; files beside which there is none have their model's.
        bool files = found.All(checkpoint => File.Exists(checkpoint.Source)) && !File.Exists(configs[0]);
        if (options.Config is null && files && File.Exists(configs[1]))
            options = options with { Config = Path.GetFullPath(configs[1]) };
        return new(folder, unit, found, options, hub);
    }

    private static (SeriesUnit Unit, IReadOnlyList<SeriesCheckpoint> Found) In(string folder)
    {
        try
        {
            return Sorted(
                from path in Directory.EnumerateFileSystemEntries(folder)
                where Directory.Exists(path) || s_extensions.Contains(Path.GetExtension(path))
                let name = Path.GetFileName(path)
                select (name, path, SeriesName.OfFile(name)));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not CheckpointException))
        {
            throw new CheckpointException(folder, null, $"cannot be listed: {e.Message}", e);
        }
    }

    private static CheckpointSeries OnHub(
        string source, HubSource named, CheckpointOptions options, HubClient hub, CancellationToken cancellationToken)
    {
        var known = KnownModels.Find(named.Id);
        string id = known?.Id ?? named.Id;
        string? revision = named.Revision ?? options.Revision;
        var (unit, found) = revision is null
            ? Sorted(hub.ListRevisions(id, cancellationToken).Select(name => (name, $"{id}@{name}", SeriesName.Of(name))))
            : Sorted([]);
        if (found.Count == 0)
        {
            string at = revision is null ? id : $"{id}@{revision}";
            (unit, found) = Sorted(
                from name in hub.ListFiles(id, revision, cancellationToken)
                where name.Contains('/', StringComparison.Ordinal) && s_extensions.Contains(Path.GetExtension(name))
                select (name, $"{at}:{name}", SeriesName.OfFile(name)));
        }
        if (known?.TokensPerStep is { } tokens && unit == SeriesUnit.Steps)
        {
            unit = SeriesUnit.Tokens;
            found = [.. found.Select(checkpoint => checkpoint with { Position = checkpoint.Position * tokens })];
        }
        return new(source, unit, found, options with { Revision = null }, hub);
    }

    // Of names that count different things those that most count alike are the series; of several at a place the first by extension.
    private static (SeriesUnit Unit, IReadOnlyList<SeriesCheckpoint> Found) Sorted(
        IEnumerable<(string Name, string Source, SeriesName? Place)> entries)
    {
        var groups = entries.Where(entry => entry.Place is not null).GroupBy(entry => entry.Place!.Value.Unit).ToArray();
        if (groups.Length == 0)
            return (SeriesUnit.Steps, []);
        var worded = groups.Where(group => group.Key is not null).MaxBy(group => group.Count()) ?? groups[0];
        return (worded.Key ?? SeriesUnit.Steps,
        [
            .. from entry in worded
               orderby entry.Place!.Value.Position, Array.IndexOf(s_extensions, Path.GetExtension(entry.Name)), entry.Name
               group entry by entry.Place!.Value.Position into place
               let first = place.First()
               select new SeriesCheckpoint(place.Key, first.Name, first.Source),
        ]);
    }
}
