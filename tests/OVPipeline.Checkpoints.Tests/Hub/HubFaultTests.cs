using System.Diagnostics;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class HubFaultTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();
    private readonly FakeHub _hub = new();

    private byte[] Weights => _hub.Files["model.safetensors"];

    private string Blob => _cache.PathOf("models--org--model", "blobs", FakeHub.Sha256(Weights));

    public void Dispose()
    {
        _hub.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public void Resolve_ConnectionCutAgainAndAgain_GoesOnWhereItEnded()
    {
        _hub.Fault = r => IsDownload(r)
            ? new(r.From == 0 ? 200 : 206, Weights[r.From..], ("Content-Range", $"bytes {r.From}-{Weights.Length - 1}/{Weights.Length}"))
            {
                CutAfter = 40_000,
            }
            : null;

        AssertWeights(_hub.Resolve(_cache.Path));

        Assert.Equal([0, 40_000, 80_000, 120_000, 160_000, 200_000, 240_000, 280_000], _hub.Downloads.Select(r => r.From));
    }

    [Fact]
    public void Resolve_BodyEndsEarlyEveryTime_ThrowsAndKeepsWhatCame()
    {
        _hub.Fault = r => IsDownload(r)
            ? r.From == 0
                ? new(200, Weights) { CutAfter = 1000, Announced = null }
                : new(206, [], ("Content-Range", $"bytes {r.From}-299999/300000"))
            : null;

        Assert.Contains("ended after 1000 of 300000 bytes", Fail().Message, StringComparison.Ordinal);

        Assert.Equal(1000, new FileInfo(Blob + ".incomplete").Length);
        Assert.False(File.Exists(Blob));
        Assert.Equal(3, _hub.Downloads.Count);
    }

    [Fact]
    public void Resolve_IncompleteFileLeftBehind_IsBuiltUpon()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Blob)!);
        File.WriteAllBytes(Blob + ".incomplete", Weights[..123_456]);

        AssertWeights(_hub.Resolve(_cache.Path));

        Assert.Equal(123_456, Assert.Single(_hub.Downloads).From);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(300_000)]
    [InlineData(400_000)]
    public void Resolve_IncompleteFileIsWrong_StartsOver(int length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Blob)!);
        File.WriteAllBytes(Blob + ".incomplete", new byte[length]);

        AssertWeights(_hub.Resolve(_cache.Path));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(416)]
    public void Resolve_RangesNotServed_StartsOver(int status)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Blob)!);
        File.WriteAllBytes(Blob + ".incomplete", Weights[..5000]);
        _hub.Fault = r => IsDownload(r) && r.From > 0 ? new(status, status == 200 ? Weights : []) : null;

        AssertWeights(_hub.Resolve(_cache.Path));
    }

    [Fact]
    public void Resolve_WrongRangeServed_Throws()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Blob)!);
        File.WriteAllBytes(Blob + ".incomplete", Weights[..5000]);
        _hub.Fault = r => IsDownload(r) ? new(206, Weights, ("Content-Range", "bytes 0-299999/300000")) : null;

        Assert.Contains("another range", Fail().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors", "SHA-256")]
    [InlineData("config.json", "git SHA-1")]
    public void Resolve_WrongContentTwice_ThrowsAndKeepsNothing(string name, string hash)
    {
        byte[] wrong = new byte[_hub.Files[name].Length];
        _hub.Fault = r => r.Method == "GET" && r.Path.EndsWith(name, StringComparison.Ordinal) && (IsDownload(r) || !FakeHub.IsLarge(name))
            ? new(200, wrong)
            : null;

        CheckpointException e = Fail();

        Assert.Equal((name, true), (e.Entry, e.Message.Contains($"the content's {hash} is ", StringComparison.Ordinal)));
        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(Blob)!), file => File.ReadAllBytes(file).SequenceEqual(wrong));
    }

    [Fact]
    public void Resolve_WrongContentOnce_FetchesItAgain()
    {
        int served = 0;
        _hub.Fault = r => IsDownload(r) && Interlocked.Increment(ref served) == 1 ? new(200, new byte[Weights.Length]) : null;

        AssertWeights(_hub.Resolve(_cache.Path));
    }

    [Fact]
    public void Resolve_MoreBytesThanAnnounced_Throws()
    {
        _hub.Fault = r => IsDownload(r) ? new(200, [.. Weights, .. Weights]) : null;

        Assert.Contains("sends more than the 300000 bytes", Fail().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, null, null, "without a token: 401")]
    [InlineData(401, null, "hf_x", "with this token: 401")]
    [InlineData(403, "GatedRepo", "hf_x", "may be gated")]
    [InlineData(404, "RepoNotFound", null, "nothing of that name: 404")]
    [InlineData(404, "RevisionNotFound", null, "no such revision")]
    [InlineData(400, null, null, "answers 400")]
    public void Resolve_Refused_ThrowsAtOnce(int status, string? code, string? token, string message)
    {
        _hub.Fault = _ => new(status, [], [.. code is null ? [] : new[] { ("X-Error-Code", code) }]);
        using var client = new HubClient(_hub.Options(_cache.Path, token));

        CheckpointException e = Assert.Throws<CheckpointException>(
            () => client.Resolve(FakeHub.Id, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_x", e.ToString(), StringComparison.Ordinal);
        Assert.Single(_hub.Requests);
    }

    [Fact]
    public void Resolve_DroppedEachTimeAndRangesIgnored_IsGivenUp()
    {
        // The same 40,000 bytes again and again are no progress, however many they come to.
        _hub.Fault = r => IsDownload(r) ? new(200, Weights) { CutAfter = 40_000 } : null;

        Assert.Contains("connection", Fail().Message, StringComparison.Ordinal);
        Assert.Equal(3, _hub.Downloads.Count);
    }

    [Fact]
    public void Resolve_RangesIgnoredAndDroppedLaterEachTime_GoesOn()
    {
        int tries = 0;
        _hub.Fault = r => IsDownload(r) ? new(200, Weights) { CutAfter = 50_000 * Interlocked.Increment(ref tries) } : null;

        AssertWeights(_hub.Resolve(_cache.Path));

        Assert.Equal(6, tries);
    }

    [Fact]
    public void Resolve_MoreThanTheDiskHolds_ThrowsBeforeItIsFetched()
    {
        const long Huge = 1L << 60;
        _hub.Fault = r => r.Method == "HEAD" && r.Path.EndsWith("safetensors", StringComparison.Ordinal)
            ? new(302, [], ("X-Linked-ETag", $"\"{FakeHub.Sha256(Weights)}\""), ("X-Linked-Size", $"{Huge}"),
                ("Location", new Uri(_hub.Store, "model.safetensors").AbsoluteUri))
            : null;

        Assert.Contains($"the file has {Huge} bytes, and ", Fail().Message, StringComparison.Ordinal);
        Assert.Empty(_hub.Downloads);
    }

    [Theory]
    [InlineData(1000, 2)]
    [InlineData(0, 1)]
    public void Resolve_SlowServer_IsGivenUpWhereThereIsALeastRate(long leastRate, int downloads)
    {
        _hub.Files["model.safetensors"] = FakeHub.Content(100);
        _hub.Fault = r => IsDownload(r) ? new(r.From == 0 ? 200 : 206, Weights[r.From..],
            ("Content-Range", $"bytes {r.From}-{Weights.Length - 1}/{Weights.Length}"))
        { PieceEachTenth = 10 } : null;
        using var client = new HubClient(new HubOptions
        {
            Endpoint = _hub.Address,
            CacheFolder = _cache.Path,
            Attempts = 2,
            BackOff = TimeSpan.Zero,
            Timeout = TimeSpan.FromMilliseconds(300), // each piece comes in time
            LeastRate = leastRate,
        });

        var e = Record.Exception(() => AssertWeights(client.Resolve(FakeHub.Id, cancellationToken: TestContext.Current.CancellationToken)));

        if (leastRate == 0)
            Assert.Null(e);
        else
            Assert.Matches(@": the hub sends \d+ bytes a second, less than 1000\.", Assert.IsType<CheckpointException>(e).Message);
        Assert.InRange(_hub.Downloads.Count, downloads, 2 * downloads); // on a busy machine a piece is late, which is tried once more
    }

    [Fact]
    public void Resolve_TooManyRequests_WaitsAsLongAsAsked()
    {
        int refusals = 0;
        _hub.Fault = r => r.Path.StartsWith("/api", StringComparison.Ordinal) && Interlocked.Increment(ref refusals) == 1
            ? new(429, [], ("Retry-After", "1"))
            : null;
        var clock = Stopwatch.StartNew();

        AssertWeights(_hub.Resolve(_cache.Path));

        Assert.InRange(clock.Elapsed.TotalSeconds, 0.95, 20);
    }

    [Fact]
    public void Resolve_AskedToWaitTooLong_ThrowsAtOnce()
    {
        _hub.Fault = _ => new(429, [], ("Retry-After", "3600"));

        Assert.Contains("answers 429", Fail().Message, StringComparison.Ordinal);
        Assert.Single(_hub.Requests);
    }

    [Fact]
    public void Resolve_ServerErrors_ThrowsAfterAllAttempts()
    {
        _hub.Fault = _ => new(503, []);

        Assert.Contains("answers 503", Fail().Message, StringComparison.Ordinal);
        Assert.Equal(3, _hub.Requests.Count);
    }

    [Fact]
    public void Resolve_NothingListens_Throws()
    {
        _hub.Dispose();

        Assert.Contains("does not answer", Fail().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_NoAnswerInTime_Throws()
    {
        _hub.Fault = _ => new(200, []) { Delay = TimeSpan.FromSeconds(20) };
        using var client = new HubClient(new HubOptions
        {
            Endpoint = _hub.Address,
            CacheFolder = _cache.Path,
            Attempts = 2,
            BackOff = TimeSpan.Zero,
            Timeout = TimeSpan.FromMilliseconds(200),
        });

        CheckpointException e = Assert.Throws<CheckpointException>(
            () => client.Resolve(FakeHub.Id, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("nothing came in 0.2 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_Cancelled_StopsWaiting()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        _hub.Fault = _ => new(429, [], ("Retry-After", "20"));
        using var client = new HubClient(_hub.Options(_cache.Path));

        Assert.ThrowsAny<OperationCanceledException>(() => client.Resolve(FakeHub.Id, cancellationToken: source.Token));
    }

    [Fact]
    public void Resolve_RedirectToAnotherHost_IsFollowedWithoutTheToken()
    {
        using var client = new HubClient(_hub.Options(_cache.Path, token: "hf_secret"));

        AssertWeights(client.Resolve(FakeHub.Id, cancellationToken: TestContext.Current.CancellationToken));

        Assert.All(_hub.Requests, r => Assert.Equal("Bearer hf_secret", r["Authorization"]));
        Assert.All(_hub.Downloads, r => Assert.Null(r["Authorization"]));
        Assert.NotEmpty(_hub.Downloads);
    }

    [Theory]
    [InlineData("/again", "redirects more than")]
    [InlineData("file:///etc/passwd", "not allowed")]
    [InlineData("ftp://127.0.0.1/x", "not allowed")]
    public void Resolve_BadRedirect_Throws(string location, string message)
    {
        _hub.Fault = _ => new(302, [], ("Location", location));

        Assert.Contains(message, Fail().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../evil")]
    [InlineData("")]
    [InlineData("a.lock")]
    public void Resolve_UnusableETag_Throws(string etag)
    {
        _hub.Fault = r => r.Method == "HEAD" ? new(200, [], ("ETag", $"\"{etag}\"")) : null;

        Assert.Contains("no ETag", Fail().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"sha":"../../x","siblings":[]}""")]
    [InlineData("""{"sha":"0123456789abcdef0123456789abcdef01234567","siblings":[{"rfilename":7}]}""")]
    [InlineData("""{"sha":"0123456789abcdef0123456789abcdef01234567","siblings":[{"rfilename":"..\\evil.pth"}]}""")]
    public void Resolve_BadListing_Throws(string json)
    {
        _hub.Fault = r => r.Path.StartsWith("/api", StringComparison.Ordinal) ? new(200, System.Text.Encoding.UTF8.GetBytes(json)) : null;

        Fail();
    }

    [Fact]
    public void Resolve_AnswersForAnotherCommit_Throws()
    {
        _hub.Fault = r => r.Method == "HEAD" ? new(200, [], ("ETag", "\"abc\""), ("X-Repo-Commit", new string('f', 40))) : null;

        Assert.Contains("answers for commit ffff", Fail().Message, StringComparison.Ordinal);
    }

    private static bool IsDownload(LoopbackRequest request) => request.Path == "/model.safetensors";

    private void AssertWeights(string folder) => Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));

    private CheckpointException Fail() => Assert.Throws<CheckpointException>(() => _hub.Resolve(_cache.Path));
}
