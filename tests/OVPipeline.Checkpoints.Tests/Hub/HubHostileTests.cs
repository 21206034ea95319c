using System.IO.Compression;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>A hub that lies, and a cache that somebody prepared.</summary>
public sealed class HubHostileTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();
    private readonly FakeHub _hub = new();

    private byte[] Weights => _hub.Files["model.safetensors"];

    private string Blob => BlobIn(_cache.Path);

    public void Dispose()
    {
        _hub.Dispose();
        _cache.Dispose();
    }

    [Theory]
    [InlineData("//[x")]
    [InlineData("///")]
    [InlineData("//:0")]
    [InlineData("http://h:99999/")]
    [InlineData("http:x")]
    [InlineData("http://")]
    [InlineData("?")]
    [InlineData("")]
    public void Resolve_RedirectToWhatIsNoAddress_Throws(string location)
    {
        _hub.Fault = _ => new(302, [], ("Location", location));

        Assert.StartsWith("org/model@main: the hub ", Fail().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_StoreThatRedirectsInACircle_Throws()
    {
        _hub.Fault = r => r.Path == "/model.safetensors" ? new(302, [], ("Location", "/model.safetensors")) : null;

        Assert.Contains("redirects more than 10 times", Fail().Message, StringComparison.Ordinal);
        Assert.Equal(10, _hub.Downloads.Count); // the hub's own redirect is the first
    }

    // A name that is no digest says nothing about the content: what came packed would be taken for the file.
    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br, gzip")]
    public void Resolve_PackedContentThatWasNotAskedFor_IsRefused(string encoding)
    {
        _hub.Fault = r => r.Path == "/model.safetensors" ? new(200, Weights, ("Content-Encoding", encoding))
            : r.Method == "HEAD" && r.Path.EndsWith("safetensors", StringComparison.Ordinal)
                ? new(302, [], ("X-Linked-ETag", "\"no-digest\""), ("Location", new Uri(_hub.Store, "model.safetensors").AbsoluteUri))
                : null;

        Assert.Contains($"the hub packs its answer by {encoding}", Fail().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_PackedListing_IsRefused()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
            gzip.Write("{}"u8);
        _hub.Fault = _ => new(200, packed.ToArray(), ("Content-Encoding", "gzip"));

        Assert.Contains("the hub packs its answer by gzip", Fail().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999")]
    [InlineData("300001")]
    [InlineData("299999")]
    public void Resolve_WrongLengthOfAFileOfUnknownSize_Throws(string length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Blob)!);
        File.WriteAllBytes(Blob + ".incomplete", Weights[..5000]);
        _hub.Fault = r => r.Path == "/model.safetensors"
            ? new(r.From > 0 ? 206 : 200, Weights[r.From..], ("Content-Length", length), ("Content-Range", $"bytes {r.From}-*/*"))
            {
                Announced = null,
            }
            : r.Method == "HEAD" && r.Path.EndsWith("safetensors", StringComparison.Ordinal)
                ? new(302, [], ("X-Linked-ETag", $"\"{FakeHub.Sha256(Weights)}\""),
                    ("Location", new Uri(_hub.Store, "model.safetensors").AbsoluteUri))
                : null;

        var e = Fail();

        Assert.Equal("model.safetensors", e.Entry);
        Assert.DoesNotContain("-9223372036854770809", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Blob));
    }

    [Fact]
    public void Resolve_RangeNeverSatisfiable_IsGivenUp()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Blob)!);
        File.WriteAllBytes(Blob + ".incomplete", Weights[..5000]);
        _hub.Fault = r => r.Path == "/model.safetensors" ? new(416, []) : null;

        Assert.Contains("the hub has no bytes after 0", Fail().Message, StringComparison.Ordinal);
        Assert.Equal(3, _hub.Downloads.Count);
    }

    [Fact]
    public void Resolve_OneByteATry_IsGivenUpAfterAThousand()
    {
        _hub.Fault = r => r.Path == "/model.safetensors"
            ? new(r.From > 0 ? 206 : 200, Weights[r.From..], ("Content-Range", $"bytes {r.From}-{Weights.Length - 1}/{Weights.Length}"))
            {
                CutAfter = 1,
            }
            : null;
        using var client = new HubClient(new HubOptions
        {
            Endpoint = _hub.Address,
            CacheFolder = _cache.Path,
            Attempts = 2,
            BackOff = TimeSpan.Zero,
        });

        var e = Assert.Throws<CheckpointException>(
            () => client.Resolve(FakeHub.Id, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("connection", e.Message, StringComparison.Ordinal);
        Assert.Equal(1000, _hub.Downloads.Count);
    }

    [Fact]
    public void Resolve_ListingWithoutEnd_IsBrokenOff()
    {
        byte[] spaces = new byte[(64 << 20) + 1];
        spaces.AsSpan().Fill((byte)' ');
        _hub.Fault = _ => new(200, spaces) { Announced = null };

        Assert.Contains("the hub's list of files has more than 67108864 bytes", Fail().Message, StringComparison.Ordinal);
        Assert.Single(_hub.Requests);
    }

    [Fact]
    public void Resolve_MostOfTheFileThere_NeedsRoomForTheRestAlone()
    {
        using MountedFolder? cache = MountedFolder.TryMount(8 << 20);
        Assert.SkipWhen(cache is null, "No file system may be mounted here.");
        _hub.Files["model.safetensors"] = FakeHub.Content(7 << 20);
        Directory.CreateDirectory(Path.GetDirectoryName(BlobIn(cache.Path))!);
        File.WriteAllBytes(BlobIn(cache.Path) + ".incomplete", Weights[..(6 << 20)]);

        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(_hub.Resolve(cache.Path), "model.safetensors")));
        Assert.Equal(6 << 20, Assert.Single(_hub.Downloads).From);
    }

    [Theory]
    [InlineData("refs", "main")]
    [InlineData("blobs", "*.incomplete")]
    public async Task Resolve_PipeInTheCache_IsNotWaitedFor(string folder, string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes are looked for on Linux.");
        string path = _cache.PathOf("models--org--model", folder, name.Replace("*", FakeHub.Sha256(Weights), StringComparison.Ordinal));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        NamedPipe.Create(path);

        var e = await Assert.ThrowsAsync<CheckpointException>(() => Task
            .Run(() => _hub.Resolve(_cache.Path), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        Assert.Contains($"{path}: is a pipe, not a file", e.Message, StringComparison.Ordinal);
    }

    private string BlobIn(string cache) => Path.Combine(cache, "models--org--model", "blobs", FakeHub.Sha256(Weights));

    private CheckpointException Fail() => Assert.Throws<CheckpointException>(() => _hub.Resolve(_cache.Path));
}
