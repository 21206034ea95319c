using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Finds the files of what a user names, on this machine or on the hub, and the tokenizer that goes with them.</summary>
/// <param name="hub">The client that fetches; null for one of its own, made when it is needed.</param>
/// <param name="progress">Told about each part of each file that is fetched.</param>
/// <param name="cancellationToken">Stops fetching.</param>
internal sealed class CheckpointFinder(HubClient? hub, IProgress<HubProgress>? progress, CancellationToken cancellationToken) : IDisposable
{
    private HubClient? _own;

    private HubClient Hub => hub ?? (_own ??= new HubClient());

    /// <summary>The files of a model. What is on this machine goes before names of the hub.</summary>
    /// <param name="source">A file, a folder, <c>folder:file</c>, or <c>name@revision:file</c> with a hub id or a known name.</param>
    /// <param name="options">The revision where the source names none, and the heads that the model must have; or null.</param>
    /// <param name="withTokenizer">Whether the tokenizer is fetched too.</param>
    /// <exception cref="CheckpointException">There are none; the message says why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">By its configuration the model has not all heads. No weights were fetched.</exception>
    public CheckpointLocation Find(string source, CheckpointOptions? options, bool withTokenizer)
    {
        string? revision = options?.Revision;
        if (CheckpointLocation.Find(source) is { } here)
        {
            return revision is null ? here : throw new CheckpointException(source, null,
                $"is on this machine: revision '{revision}' is of no meaning there.");
        }
        var named = HubSource.Parse(source) ?? throw NotThere(source);
        if (revision is not null && named.Revision is { } other && other != revision)
            throw new CheckpointException(source, null, $"names revision '{other}', and '{revision}' was asked for.");
        if (revision is not null && !HubModel.IsRevision(revision))
            throw new CheckpointException(source, null, $"'{revision}' is no branch, tag or commit.");
        var known = KnownModels.Find(named.Id);
        if (known is { IsHosted: false })
            throw new CheckpointException(source, null, "there is no such file or folder, and no hub has this model.");
        named = named with { Id = known?.Id ?? named.Id, Revision = named.Revision ?? revision };
        bool isAlias = known?.Aliases.Contains(source, StringComparer.OrdinalIgnoreCase) == true;
        return Fetch(source, named, options ?? new(), withTokenizer) with
        {
            Notes = isAlias ? [$"{source} is TransformerLens' name of {known!.Id}"] : [],
        };
    }

    /// <summary>
    /// The tokens of a model: where the options say, in the file of weights, beside it, or at the id that its configuration or what is
    /// known of it names. For files of this machine no configuration makes the hub be asked, only the cache.
    /// </summary>
    /// <param name="location">Where the model's files lie.</param>
    /// <param name="asked">A folder or a hub id that was asked for, or null.</param>
    /// <param name="inFile">The tokens in the file of weights, or null.</param>
    /// <param name="named">The id that the configuration names, or null.</param>
    /// <param name="known">What is known of the model, or null.</param>
    /// <param name="rows">Rows of W_E.</param>
    /// <exception cref="CheckpointException">What was asked for has no tokenizer.</exception>
    public CheckpointTokens Tokens(
        CheckpointLocation location, string? asked, Func<int, CheckpointTokens>? inFile, string? named, KnownModel? known, int rows)
    {
        if (asked is not null)
            return CheckpointTokenizer.Load(FolderOf(asked), rows);
        if (inFile is not null)
            return inFile(rows);
        string? id = named ?? known?.Tokenizer;
        if (CheckpointTokenizer.IsIn(location.Folder) || id is null || !HubModel.IsId(id))
            return CheckpointTokenizer.Load(location.Folder, rows);
        bool mayAsk = location.Repository is not null || known is not null;
        var (folder, why) = FindTokenizer(id, mayAsk);
        return folder is not null
            ? CheckpointTokenizer.Load(folder, rows)
            : new(TokenTable.Nameless(rows), null, $"{location.Folder} has none, and the model's is that of {id}, {why}");
    }

    /// <inheritdoc/>
    public void Dispose() => _own?.Dispose();

    private static CheckpointException NotThere(string source)
    {
        string[] parts = source.Split('/');
        bool isPath = parts.Length > 2 && HubModel.IsId($"{parts[0]}/{parts[1]}");
        string hint = isPath ? $"; a file of a hub's repository is written {parts[0]}/{parts[1]}:{string.Join('/', parts[2..])}" : "";
        return new(source, null, $"there is no such file or folder{hint}.");
    }

    private CheckpointLocation Fetch(string source, HubSource named, CheckpointOptions options, bool withTokenizer)
    {
        try
        {
            var model = new HubModel(named.Id, named.Revision ?? "main");
            if (options.Heads.Count > 0 && Configuration(model, named.File, options.Config) is { } config)
                ConfiguredHeads.Require(ModelConfigFile.Open(config).TextPart, named.ToString(), options.Heads);
            var selection = HubSelection.Model with { HasTokenizer = withTokenizer, File = named.File };
            string folder = Hub.Resolve(model, selection, progress, cancellationToken);
            HashSet<string> there = [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path))];
            string file = named.File ?? HubFiles.Weights(model, there);
            return CheckpointLocation.InFolder(folder, file) with { Name = named.ToString(), Repository = named.Id };
        }
        catch (CheckpointException e)
        {
            throw new CheckpointException(source, null,
                $"there is no such file or folder, and it cannot be had from the hub: {e.Message}", e);
        }
    }

    // The configuration that weights will be read by, without them; null where there is none, or where they bring their own (GGUF).
    private string? Configuration(HubModel model, string? file, string? asked)
    {
        if (asked is not null || file?.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) == true)
            return asked;
        string folder = Hub.Resolve(model, HubSelection.Configuration with { File = file }, progress, cancellationToken);
        string beside = Path.Combine(folder, Path.GetDirectoryName(file) ?? "");
        return new[] { beside, folder }.Select(place => Path.Combine(place, "config.json")).FirstOrDefault(File.Exists);
    }

    private string FolderOf(string asked)
    {
        if (Directory.Exists(asked))
        {
            return CheckpointTokenizer.IsIn(asked)
                ? asked
                : throw new CheckpointException(asked, null, "holds no tokenizer that is read here.");
        }
        if (File.Exists(asked))
            throw new CheckpointException(asked, null, "is a file; a tokenizer is named by its folder.");
        if (HubSource.Parse(asked) is not { File: null } named)
            throw new CheckpointException(asked, null, "there is no such folder, and it is no hub id.");
        string id = KnownModels.Find(named.Id)?.Id ?? named.Id;
        try
        {
            return Hub.Resolve(new(id, named.Revision ?? "main"), HubSelection.Tokenizer, progress, cancellationToken);
        }
        catch (CheckpointException e)
        {
            throw new CheckpointException(asked, null,
                $"there is no such folder, and no tokenizer can be had from the hub: {e.Message}", e);
        }
    }

    // A tokenizer in the cache does for one that nobody asked for by a revision. Nothing that is wrong here keeps weights from loading.
    private (string? Folder, string? Why) FindTokenizer(string id, bool mayAsk)
    {
        try
        {
            var model = new HubModel(id, "main");
            if (Hub.FindCached(model, HubSelection.Tokenizer) is { } cached)
                return (cached, null);
            return mayAsk
                ? (Hub.Resolve(model, HubSelection.Tokenizer, progress, cancellationToken), null)
                : (null, "which is not in the hub's cache (--tokenizer fetches it).");
        }
        catch (Exception e) when (e is CheckpointException or InvalidOperationException or ArgumentException)
        {
            return (null, $"which cannot be had: {e.Message}");
        }
    }
}
