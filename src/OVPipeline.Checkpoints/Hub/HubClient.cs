using System.Net;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Fetches models from a hub into the cache that Python's huggingface_hub uses, and finds them there.</summary>
public sealed class HubClient : IDisposable
{
    // 100 bytes a file: room for 600,000 files.
    private const int LargestListing = 64 << 20;
    private static readonly string[] s_references = ["branches", "tags"];
    private readonly HubOptions _options;
    private readonly HubTransport _transport;
    private readonly HubCache _cache;

    /// <summary>A client of a hub.</summary>
    /// <param name="options">Default: those of the environment.</param>
    /// <exception cref="ArgumentException">The token holds characters that no token has.</exception>
    public HubClient(HubOptions? options = null)
    {
        _options = options ?? HubOptions.FromEnvironment();
        _transport = new(_options);
        _cache = new(_options.CacheFolder);
    }

    /// <summary>Whether a text has the form of a hub id, such as <c>gpt2</c> or <c>EleutherAI/pythia-70m</c>.</summary>
    public static bool IsId(string text) => HubModel.IsId(text ?? throw new ArgumentNullException(nameof(text)));

    /// <summary>Makes a model's files be there: configuration, tokenizer and weights, nothing else.</summary>
    /// <param name="id">Such as <c>EleutherAI/pythia-70m</c>.</param>
    /// <param name="revision">
    /// A branch, tag or commit. Default: main. What a commit holds never changes, so that one that is in the cache with its tokenizer is
    /// used without asking the hub.
    /// </param>
    /// <param name="progress">Told about each part of each file.</param>
    /// <param name="cancellationToken">Stops; what has come is kept and built upon the next time.</param>
    /// <returns>The folder of the commit's files. Where the hub does not answer it is that of the commit last seen.</returns>
    /// <exception cref="ArgumentException">The id or the revision is not of the form that the hub allows.</exception>
    /// <exception cref="CheckpointException">The model cannot be had; the message says why.</exception>
    public string Resolve(
        string id, string? revision = null, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => ResolveAsync(id, revision, progress, cancellationToken), cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="Resolve(string, string?, IProgress{HubProgress}?, CancellationToken)"/>
    public Task<string> ResolveAsync(
        string id, string? revision = null, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default) =>
        ResolveAsync(new HubModel(id, revision ?? "main"), HubSelection.Model, progress, cancellationToken);

    /// <summary>The names of a repository's files at a revision; where the hub does not answer, of those in the cache.</summary>
    /// <param name="id">Such as <c>NeelNanda/Attn_Only_2L512W_C4_Code</c>.</param>
    /// <param name="revision">A branch, tag or commit. Default: main.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ArgumentException">The id or the revision is not of the form that the hub allows.</exception>
    /// <exception cref="CheckpointException">They cannot be had; the message says why.</exception>
    public IReadOnlyList<string> ListFiles(string id, string? revision = null, CancellationToken cancellationToken = default)
    {
        var model = new HubModel(id, revision ?? "main");
        IReadOnlyList<string> cached = _cache.FindCommit(model) is { } commit ? _cache.Files(model, commit) : [];
        return Ask(model, cached, async () => (await ListAsync(model, cancellationToken).ConfigureAwait(false)).Names);
    }

    /// <summary>The names of a repository's branches and tags; where the hub does not answer, of those that the cache knows.</summary>
    /// <param name="id">Such as <c>EleutherAI/pythia-70m</c>, whose branches <c>step0</c> to <c>step143000</c> are its training.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ArgumentException">The id is not of the form that the hub allows.</exception>
    /// <exception cref="CheckpointException">They cannot be had; the message says why.</exception>
    public IReadOnlyList<string> ListRevisions(string id, CancellationToken cancellationToken = default)
    {
        var model = new HubModel(id, "main");
        return Ask(model, _cache.Revisions(model), () => ListRevisionsAsync(model, cancellationToken));
    }

    /// <summary>Makes what is wanted of a repository be there.</summary>
    /// <returns>The folder of the commit's files.</returns>
    /// <exception cref="CheckpointException">It cannot be had; the message says why.</exception>
    internal string Resolve(
        HubModel model, HubSelection selection, IProgress<HubProgress>? progress, CancellationToken cancellationToken) =>
        Task.Run(() => ResolveAsync(model, selection, progress, cancellationToken), cancellationToken).GetAwaiter().GetResult();

    /// <summary>The folder of the files that are wanted where the cache has them all; null where it has not. Asks no hub.</summary>
    internal string? FindCached(HubModel model, HubSelection selection)
    {
        try
        {
            return FindWhole(model, selection);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    private async Task<string> ResolveAsync(
        HubModel model, HubSelection selection, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            string? cached = FindWhole(model, selection);
            if (_options.Offline)
            {
                return cached ?? throw new CheckpointException(model.ToString(), null,
                    $"is not whole in the cache {_options.CacheFolder}, and the client works offline (HF_HUB_OFFLINE).");
            }
            bool settled = cached is not null && HubModel.IsCommit(model.Revision);
            if (settled && selection.IsComplete(_cache.Files(model, model.Revision)))
                return cached!;
            return await FetchAsync(model, selection, cached, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not CheckpointException))
        {
            string whole = FindWholeCommit(model, selection) is { } commit ? $"; what is whole there is {model.Id}@{commit}" : "";
            throw new CheckpointException(model.ToString(), null,
                $"the cache {_options.CacheFolder} cannot be used: {FileException.Reason(_options.CacheFolder, e)}{whole}. "
                + "HF_HUB_CACHE names another folder.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    private async Task<string> FetchAsync(
        HubModel model, HubSelection selection, string? cached, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        string commit;
        IReadOnlyList<string> names;
        try
        {
            (commit, names) = await ListAsync(model, cancellationToken).ConfigureAwait(false);
        }
        catch (HubFailure failure) when (failure.IsTransient && cached is not null)
        {
            return cached;
        }
        catch (HubFailure failure)
        {
            throw new CheckpointException(model.ToString(), null, failure.Message + ".", failure);
        }

        string snapshot = _cache.Snapshot(model, commit);
        foreach (string name in selection.Choose(model, names))
        {
            await FetchFileAsync(model, commit, name, progress, cancellationToken).ConfigureAwait(false);
            if (!HubFiles.IsIndex(name))
                continue;
            foreach (string shard in HubFiles.Shards(snapshot, name))
                await FetchFileAsync(model, commit, shard, progress, cancellationToken).ConfigureAwait(false);
        }

        _cache.TryWriteCommit(model, commit);
        return snapshot;
    }

    private async Task<(string Commit, IReadOnlyList<string> Names)> ListAsync(HubModel model, CancellationToken cancellationToken)
    {
        Uri uri = _transport.At($"api/models/{model.Id}/revision/{Uri.EscapeDataString(model.Revision)}");
        JsonField root = await ReadAsync(uri, cancellationToken).ConfigureAwait(false);
        string commit = root.Get("sha").Text();
        if (!HubModel.IsCommit(commit) || (HubModel.IsCommit(model.Revision) && commit != model.Revision))
            throw root.Wrong($"names the commit '{commit}' for {model}");
        return (commit, [.. root.Get("siblings").Items().Select(file => file.Get("rfilename").Text())]);
    }

    private async Task<IReadOnlyList<string>> ListRevisionsAsync(HubModel model, CancellationToken cancellationToken)
    {
        JsonField root = await ReadAsync(_transport.At($"api/models/{model.Id}/refs"), cancellationToken).ConfigureAwait(false);
        return
        [
            .. from kind in s_references
               from reference in root.Find(kind)?.Items() ?? []
               let name = reference.Get("name").Text()
               where HubModel.IsRevision(name)
               select name,
        ];
    }

    private async Task<JsonField> ReadAsync(Uri uri, CancellationToken cancellationToken)
    {
        byte[] content = await _transport
            .RepeatAsync(() => ReadListingAsync(uri, cancellationToken), static () => 0, cancellationToken)
            .ConfigureAwait(false);
        return JsonFile.Parse(uri.AbsoluteUri, content);
    }

    // A list from the hub, or, where the hub is not to be asked or does not answer, what the cache knows of it.
    private IReadOnlyList<string> Ask(HubModel model, IReadOnlyList<string> cached, Func<Task<IReadOnlyList<string>>> ask)
    {
        if (_options.Offline)
        {
            return cached.Count > 0 ? cached : throw new CheckpointException(model.ToString(), null,
                $"is not in the cache {_options.CacheFolder}, and the client works offline (HF_HUB_OFFLINE).");
        }
        try
        {
            return Task.Run(ask).GetAwaiter().GetResult();
        }
        catch (HubFailure failure) when (failure.IsTransient && cached.Count > 0)
        {
            return cached;
        }
        catch (HubFailure failure)
        {
            throw new CheckpointException(model.ToString(), null, failure.Message + ".", failure);
        }
    }

    private async Task<byte[]> ReadListingAsync(Uri uri, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _transport.SendAsync(HttpMethod.Get, uri, 0, cancellationToken).ConfigureAwait(false);
        await using Stream input = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        HubRate rate = _transport.Rate();
        while (await _transport.ReadAsync(input, buffer, rate, cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            content.Write(buffer, 0, count);
            if (content.Length > LargestListing)
                throw new HubFailure($"the hub's list of files has more than {LargestListing} bytes", isTransient: false);
        }

        return content.ToArray();
    }

    private async Task FetchFileAsync(
        HubModel model, string commit, string name, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        if (!RelativeName.IsSafe(name))
            throw new CheckpointException(model.ToString(), name, "is a file name that leads out of its folder.");
        if (File.Exists(Path.Combine(_cache.Snapshot(model, commit), name)))
            return;
        try
        {
            string escaped = string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
            Uri uri = _transport.At($"{model.Id}/resolve/{commit}/{escaped}");
            HubFile file = await _transport
                .RepeatAsync(() => DescribeAsync(uri, commit, cancellationToken), static () => 0, cancellationToken)
                .ConfigureAwait(false);
            var blob = new FileInfo(_cache.Blob(model, file.ETag));
            using HubFileLock? held = await HubFileLock
                .AcquireAsync(_cache.LockFile(model, file.ETag), IsThere, Waiting, cancellationToken)
                .ConfigureAwait(false);
            if (!IsThere())
            {
                var download = new HubDownload(_transport, uri, name, file, blob.FullName, progress);
                await download.RunAsync(cancellationToken).ConfigureAwait(false);
            }
            _cache.Link(model, commit, name, file.ETag);

            bool IsThere()
            {
                blob.Refresh();
                return blob.Exists && (file.Size is null || blob.Length == file.Size);
            }

            void Waiting(string holder) => progress?.Report(new(name, 0, file.Size) { WaitsFor = holder });
        }
        catch (HubFailure failure)
        {
            throw new CheckpointException(model.ToString(), name, failure.Message + ".", failure);
        }
    }

    private async Task<HubFile> DescribeAsync(Uri uri, string commit, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _transport.SendAsync(HttpMethod.Head, uri, 0, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable || HubFile.From(response) is not { } file)
            throw new HubFailure("the hub does not say which content the file has (no ETag)", isTransient: false);
        return file.Commit is null || file.Commit == commit
            ? file
            : throw new HubFailure($"the hub answers for commit {file.Commit}, asked for {commit}", isTransient: false);
    }

    // The commit last seen, where the cache has all of it and lets itself be asked.
    private string? FindWholeCommit(HubModel model, HubSelection selection)
    {
        try
        {
            return _cache.FindCommit(model) is { } commit && FindWhole(new(model.Id, commit), selection) is not null ? commit : null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return null;
        }
    }

    // A snapshot is whole when it has what would be chosen of it, shards included.
    private string? FindWhole(HubModel model, HubSelection selection)
    {
        if (_cache.FindCommit(model) is not { } commit)
            return null;
        string snapshot = _cache.Snapshot(model, commit);
        IReadOnlyList<string> names = _cache.Files(model, commit);
        try
        {
            bool whole = selection.Choose(model, names)
                .Where(HubFiles.IsIndex)
                .SelectMany(index => HubFiles.Shards(snapshot, index))
                .All(shard => File.Exists(Path.Combine(snapshot, shard)));
            return whole ? snapshot : null;
        }
        catch (CheckpointException)
        {
            return null;
        }
    }
}
