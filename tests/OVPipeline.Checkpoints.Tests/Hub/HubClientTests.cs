using System.Text;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class HubClientTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();
    private readonly FakeHub _hub = new();

    private string Repository => _cache.PathOf("models--org--model");

    public void Dispose()
    {
        _hub.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public void Resolve_Model_FetchesOnlyWhatIsNeededInPythonsLayout()
    {
        string folder = _hub.Resolve(_cache.Path);

        Assert.Equal(Path.Combine(Repository, "snapshots", FakeHub.Commit), folder);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json"], Names(folder));
        Assert.Equal(_hub.Files["model.safetensors"], File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(Repository, "refs", "main")));
        string weights = FakeHub.Sha256(_hub.Files["model.safetensors"]), config = FakeHub.Git(_hub.Files["config.json"]);
        Assert.Equal(Path.Combine("..", "..", "blobs", weights), new FileInfo(Path.Combine(folder, "model.safetensors")).LinkTarget);
        Assert.Equal(Path.Combine("..", "..", "blobs", config), new FileInfo(Path.Combine(folder, "config.json")).LinkTarget);
        Assert.DoesNotContain(
            Directory.GetFiles(Path.Combine(Repository, "blobs")), file => file.EndsWith(".incomplete", StringComparison.Ordinal));
        Assert.True(File.Exists(_cache.PathOf(".locks", "models--org--model", weights + ".lock")));
    }

    [Fact]
    public void Resolve_SecondTime_FetchesNothing()
    {
        _hub.Resolve(_cache.Path);
        int before = _hub.Requests.Count;

        _hub.Resolve(_cache.Path);
        _hub.Resolve(_cache.Path, FakeHub.Commit);

        Assert.Single(_hub.Requests.Skip(before));
        Assert.Single(_hub.Downloads);
    }

    [Fact]
    public void Resolve_Shards_FetchesThoseOfTheIndex()
    {
        _hub.Files.Remove("model.safetensors");
        foreach (string shard in new[] { "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "other.safetensors" })
            _hub.Files[shard] = FakeHub.Content(shard.Length);
        _hub.Files["model.safetensors.index.json"] = """
            {"weight_map":{
            "a":"model-00002-of-00002.safetensors","b":"model-00001-of-00002.safetensors","c":"model-00001-of-00002.safetensors"}}
            """u8.ToArray();

        Assert.Equal(
            ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json",
                "tokenizer.json"],
            Names(_hub.Resolve(_cache.Path)));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b.safetensors")]
    [InlineData("..")]
    public void Resolve_IndexLeadsOutOfItsFolder_Throws(string shard)
    {
        _hub.Files.Remove("model.safetensors");
        _hub.Files["model.safetensors.index.json"] = Encoding.UTF8.GetBytes($$$"""{"weight_map":{"a":"{{{shard}}}"}}""");

        Assert.Contains("no file of the same folder", Fail().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_NoWeights_NamesTheFiles()
    {
        _hub.Files.Remove("model.safetensors");
        _hub.Files.Remove("pytorch_model.bin");

        Assert.Contains(
            "holds no weights that can be read; its files are README.md, config.json", Fail().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_OnePthFile_TakesIt()
    {
        _hub.Files.Clear();
        _hub.Files["attn_only_2L_half.pth"] = FakeHub.Content(100);

        Assert.Equal(["attn_only_2L_half.pth"], Names(_hub.Resolve(_cache.Path)));
    }

    [Fact]
    public void Resolve_Offline_FindsWhatPythonDownloaded()
    {
        WriteAsPython(branch: "dev");
        using var client = new HubClient(_hub.Options(_cache.Path, offline: true));

        Assert.Equal(Path.Combine(Repository, "snapshots", FakeHub.Commit),
            client.Resolve(FakeHub.Id, "dev", cancellationToken: TestContext.Current.CancellationToken));
        Assert.Empty(_hub.Requests);
    }

    [Fact]
    public void Resolve_OfflineAndNotThere_Throws()
    {
        WriteAsPython(branch: "dev");
        using var client = new HubClient(_hub.Options(_cache.Path, offline: true));

        CheckpointException e = Assert.Throws<CheckpointException>(
            () => client.Resolve(FakeHub.Id, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("not whole in the cache", e.Message, StringComparison.Ordinal);
        Assert.Empty(_hub.Requests);
    }

    [Fact]
    public void Resolve_HubDown_UsesTheCommitLastSeen()
    {
        string folder = _hub.Resolve(_cache.Path);
        _hub.Fault = _ => new(503, []);

        Assert.Equal(folder, _hub.Resolve(_cache.Path));
    }

    [Fact]
    public void Resolve_PythonHasTheBlob_IsNotFetchedAgain()
    {
        WriteAsPython(branch: "main");

        _hub.Resolve(_cache.Path);

        Assert.Empty(_hub.Downloads);
    }

    [Fact]
    public async Task Resolve_ManyAtOnce_FetchOnce()
    {
        string[] folders = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => _hub.Resolve(_cache.Path))));

        Assert.Single(folders.Distinct());
        Assert.Single(_hub.Downloads);
        Assert.Equal(_hub.Files["model.safetensors"],
            await File.ReadAllBytesAsync(Path.Combine(folders[0], "model.safetensors"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Resolve_Progress_GrowsToTheSize()
    {
        var reports = new List<HubProgress>();

        _hub.Resolve(_cache.Path, progress: new Reports(reports));

        HubProgress[] weights = [.. reports.Where(r => r.File == "model.safetensors")];
        Assert.Equal(weights.OrderBy(r => r.Done), weights);
        Assert.Equal((0L, 300_000L, (long?)300_000L), (weights[0].Done, weights[^1].Done, weights[^1].Total));
    }

    [Theory]
    [InlineData("../x", null)]
    [InlineData("a/b/c", null)]
    [InlineData("org/..", null)]
    [InlineData("", null)]
    [InlineData("org--x/model", null)]
    [InlineData("org/model", "../../main")]
    [InlineData("org/model", "a//b")]
    [InlineData("org/model", "a b")]
    public void Resolve_NameOfAnotherForm_ThrowsArgumentException(string id, string? revision)
    {
        using var client = new HubClient(_hub.Options(_cache.Path));

        Assert.Throws<ArgumentException>(() => client.Resolve(id, revision, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Empty(_hub.Requests);
    }

    private static string[] Names(string folder) =>
        [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private CheckpointException Fail() => Assert.Throws<CheckpointException>(() => _hub.Resolve(_cache.Path));

    // What huggingface_hub leaves: blobs by etag, relative links, a ref without a line end.
    private void WriteAsPython(string branch)
    {
        string snapshot = Path.Combine(Repository, "snapshots", FakeHub.Commit);
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(Path.Combine(Repository, "blobs"));
        Directory.CreateDirectory(Path.Combine(Repository, "refs"));
        File.WriteAllText(Path.Combine(Repository, "refs", branch), FakeHub.Commit);
        foreach (string name in new[] { "config.json", "model.safetensors" })
        {
            string etag = FakeHub.IsLarge(name) ? FakeHub.Sha256(_hub.Files[name]) : FakeHub.Git(_hub.Files[name]);
            File.WriteAllBytes(Path.Combine(Repository, "blobs", etag), _hub.Files[name]);
            File.CreateSymbolicLink(Path.Combine(snapshot, name), $"../../blobs/{etag}");
        }
    }

    private sealed class Reports(List<HubProgress> reports) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => reports.Add(value);
    }
}
