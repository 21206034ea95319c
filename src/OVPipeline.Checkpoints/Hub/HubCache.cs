using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The cache of Python's huggingface_hub: under <c>models--org--name</c> lie <c>blobs/etag</c>, <c>refs/branch</c> (a text file with a
/// commit) and <c>snapshots/commit/name</c> (relative links to blobs); locks are <c>.locks/models--org--name/etag.lock</c>.
/// </summary>
internal sealed class HubCache(string folder)
{
    // A commit's 40 digits and white space; what is longer is no reference.
    private const int LongestReference = 100;

    /// <summary>The folder of a commit's files.</summary>
    public string Snapshot(HubModel model, string commit) => Path.Combine(folder, model.Folder, "snapshots", commit);

    /// <summary>Where a blob lies.</summary>
    public string Blob(HubModel model, string etag) => Path.Combine(folder, model.Folder, "blobs", etag);

    /// <summary>The lock of a blob.</summary>
    public string LockFile(HubModel model, string etag) => Path.Combine(folder, ".locks", model.Folder, etag + ".lock");

    /// <summary>The commit of the model's revision as far as the cache knows, or null.</summary>
    public string? FindCommit(HubModel model)
    {
        if (HubModel.IsCommit(model.Revision))
            return model.Revision;
        string file = Reference(model);
        if (!File.Exists(file) || new FileInfo(file).Length > LongestReference)
            return null;
        string commit = RegularFile.ReadAllText(file).Trim();
        return HubModel.IsCommit(commit) ? commit : null;
    }

    /// <summary>Notes the commit of the model's branch or tag, unless the cache is one that can only be read.</summary>
    public void TryWriteCommit(HubModel model, string commit)
    {
        if (HubModel.IsCommit(model.Revision) || FindCommit(model) == commit)
            return;
        try
        {
            AtomicFile.Write(Reference(model), path => File.WriteAllText(path, commit));
        }
        catch (FileException)
        {
            // Its files are there, which is what was asked for; the note would only have said so to one who works offline.
        }
    }

    /// <summary>Puts a blob in its place in a snapshot: by a relative link, or by a copy where the file system has no links.</summary>
    public void Link(HubModel model, string commit, string name, string etag)
    {
        string pointer = Path.Combine(Snapshot(model, commit), name);
        if (File.Exists(pointer))
            return;
        string parent = Path.GetDirectoryName(pointer)!;
        Directory.CreateDirectory(parent);
        string blob = Blob(model, etag);
        string fresh = Path.Combine(parent, $".{Guid.NewGuid():N}");
        try
        {
            File.CreateSymbolicLink(fresh, Path.GetRelativePath(parent, blob));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            File.Copy(blob, fresh);
        }

        File.Move(fresh, pointer, overwrite: true);
    }

    /// <summary>The names of a snapshot's files, by <c>/</c> where they lie in folders of it; a link that leads nowhere is none.</summary>
    public IReadOnlyList<string> Files(HubModel model, string commit)
    {
        string snapshot = Snapshot(model, commit);
        return Directory.Exists(snapshot)
            ? [.. Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories).Where(File.Exists)
                .Select(file => Name(snapshot, file)).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The branches and tags of a model that the cache knows.</summary>
    public IReadOnlyList<string> Revisions(HubModel model)
    {
        string references = Path.Combine(folder, model.Folder, "refs");
        return Directory.Exists(references)
            ? [.. Directory.EnumerateFiles(references, "*", SearchOption.AllDirectories).Select(file => Name(references, file))
                .Where(HubModel.IsRevision).Order(StringComparer.Ordinal)]
            : [];
    }

    private static string Name(string parent, string file) =>
        Path.GetRelativePath(parent, file).Replace(Path.DirectorySeparatorChar, '/');

    private string Reference(HubModel model) => Path.Combine(folder, model.Folder, "refs", Path.Combine(model.Revision.Split('/')));
}
