using System.Text.Json;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>A hub with repositories of small files, each revision of which is a commit of its own.</summary>
internal sealed class FakeRepositories : IDisposable
{
    private readonly LoopbackServer _server;
    private readonly List<(string Id, string Revision, string Commit, Dictionary<string, byte[]> Files)> _all = [];

    public FakeRepositories() => _server = new(Answer);

    /// <summary>The paths asked for so far, without their hosts.</summary>
    public IReadOnlyList<string> Requests => [.. _server.Requests.Select(request => request.Path)];

    /// <summary>Adds a repository at a revision.</summary>
    public void Add(string id, string revision, params (string Name, byte[] Content)[] files) =>
        _all.Add((id, revision, $"{_all.Count + 1:x40}", files.ToDictionary(file => file.Name, file => file.Content)));

    /// <summary>A client of it.</summary>
    public HubClient Client(string cache, bool offline = false) => new(new HubOptions
    {
        Endpoint = _server.Address,
        CacheFolder = cache,
        Offline = offline,
        Attempts = 1,
        Timeout = TimeSpan.FromSeconds(10),
    });

    /// <summary>Files in a folder, by their names, to put in a repository.</summary>
    public static (string Name, byte[] Content)[] FilesOf(string folder) =>
        [.. Directory.GetFiles(folder).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))];

    public void Dispose() => _server.Dispose();

    private LoopbackResponse Answer(LoopbackRequest request)
    {
        string path = Uri.UnescapeDataString(request.Path);
        foreach (var (id, revision, commit, files) in _all)
        {
            if (path == $"/api/models/{id}/revision/{revision}" || path == $"/api/models/{id}/revision/{commit}")
                return Json(new { sha = commit, siblings = files.Keys.Select(name => new { rfilename = name }) });
            if (path == $"/api/models/{id}/refs")
            {
                var branches = _all.Where(one => one.Id == id).Select(one => new { name = one.Revision });
                return Json(new { branches, tags = Array.Empty<object>() });
            }
            string prefix = $"/{id}/resolve/{commit}/";
            if (path.StartsWith(prefix, StringComparison.Ordinal) && files.TryGetValue(path[prefix.Length..], out byte[]? content))
                return new(200, content, ("X-Repo-Commit", commit), ("ETag", $"\"{FakeHub.Git(content)}\""));
        }
        return new(404, [], ("X-Error-Code", "RepoNotFound"));
    }

    private static LoopbackResponse Json(object content) => new(200, JsonSerializer.SerializeToUtf8Bytes(content));
}
