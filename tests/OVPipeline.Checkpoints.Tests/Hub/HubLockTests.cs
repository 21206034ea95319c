using System.Diagnostics;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>The cache between processes, and where it can only be read.</summary>
public sealed class HubLockTests : IDisposable
{
    private const long Room = 8 << 20;
    private readonly TemporaryFolder _folder = new();
    private readonly FakeHub _hub = new();

    private byte[] Weights => _hub.Files["model.safetensors"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Resolve_LockHeldElsewhere_WaitsAndSaysForWhomAfterFiveSeconds()
    {
        var reports = new Reports();
        var clock = Stopwatch.StartNew();
        HubFileLock held = (await HubFileLock.AcquireAsync(LockFile(_folder.Path), static () => false, _ => { }, Token))!;

        Task<string> resolving = Task.Run(() => _hub.Resolve(_folder.Path, progress: reports), Token);
        HubProgress said = await reports.Waiting.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);

        Assert.InRange(clock.Elapsed.TotalSeconds, 4.9, 60);
        Assert.Equal(("model.safetensors", 0), (said.File, said.Done));
        if (OperatingSystem.IsLinux())
            Assert.Equal($"another part of this program, which holds {LockFile(_folder.Path)}", said.WaitsFor);
        Assert.False(resolving.IsCompleted);
        Assert.Empty(_hub.Downloads);
        await Task.Delay(300, Token); // some more tries, of which nothing is said
        held.Dispose();

        AssertWeights(await resolving);
        Assert.Equal(1, reports.TimesWaiting);
    }

    [Fact]
    public async Task Resolve_LockHeldByAnotherProcess_NamesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux shows who holds a lock.");
        Directory.CreateDirectory(Path.GetDirectoryName(LockFile(_folder.Path))!);
        using var holder = Process.Start("flock", [LockFile(_folder.Path), "sleep", "60"]);
        var reports = new Reports();
        try
        {
            while (!File.Exists(LockFile(_folder.Path)))
                await Task.Delay(10, Token);
            await Task.Delay(200, Token);
            Task<string> resolving = Task.Run(() => _hub.Resolve(_folder.Path, progress: reports), Token);
            HubProgress said = await reports.Waiting.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
            Assert.Matches(@"^process \d+ \((flock|sleep)\), which holds ", said.WaitsFor);
            holder.Kill(entireProcessTree: true);
            AssertWeights(await resolving);
        }
        finally
        {
            holder.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task Resolve_FileComesWhileItsLockIsHeld_NeedsNoLock()
    {
        using HubFileLock? held = await HubFileLock.AcquireAsync(LockFile(_folder.Path), static () => false, _ => { }, Token);
        Task<string> resolving = Task.Run(() => _hub.Resolve(_folder.Path), Token);
        await Task.Delay(300, Token);
        Assert.False(resolving.IsCompleted);

        Directory.CreateDirectory(Path.GetDirectoryName(Blob(_folder.Path))!);
        await File.WriteAllBytesAsync(Blob(_folder.Path) + ".new", Weights, Token);
        File.Move(Blob(_folder.Path) + ".new", Blob(_folder.Path));

        AssertWeights(await resolving.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Empty(_hub.Downloads);
    }

    [Fact]
    public void Resolve_WholeInAReadOnlyCache_IsFound()
    {
        using MountedFolder cache = Mounted();
        string there = _hub.Resolve(cache.Path);
        File.Delete(Path.Combine(cache.Path, "models--org--model", "refs", "main")); // so that the branch would be noted anew
        cache.MakeReadOnly();

        Assert.Equal(there, _hub.Resolve(cache.Path));
        Assert.Empty(Directory.GetFiles(cache.Path, "main*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Resolve_NewCommitAndAReadOnlyCache_SaysSoAtOnce()
    {
        const string Old = "fedcba9876543210fedcba9876543210fedcba98";
        using MountedFolder cache = Mounted();
        string there = _hub.Resolve(cache.Path);
        string model = Path.Combine(cache.Path, "models--org--model");
        Directory.Move(there, Path.Combine(model, "snapshots", Old));
        File.WriteAllText(Path.Combine(model, "refs", "main"), Old);
        _hub.Files["model.safetensors"] = FakeHub.Content(200_000);
        cache.MakeReadOnly();

        CheckpointException e = Assert.Throws<CheckpointException>(() => _hub.Resolve(cache.Path));

        Assert.Equal($"org/model@main: the cache {cache.Path} cannot be used: Read-only file system; what is whole there is "
            + $"org/model@{Old}. HF_HUB_CACHE names another folder.", e.Message);
        Assert.Single(_hub.Downloads); // what was there before
    }

    [Fact]
    public void Resolve_EmptyReadOnlyCache_SaysSoAtOnce()
    {
        using MountedFolder cache = Mounted();
        cache.MakeReadOnly();

        CheckpointException e = Assert.Throws<CheckpointException>(() => _hub.Resolve(cache.Path));

        Assert.EndsWith("cannot be used: Read-only file system. HF_HUB_CACHE names another folder.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_DiskFullOnTheWay_SaysSoAndKeepsWhatCame()
    {
        using MountedFolder cache = Mounted();
        _hub.Files["model.safetensors"] = FakeHub.Content((int)Room + 1000);
        // A hub that does not say how much it sends: nothing to compare with what is free.
        _hub.Fault = request => request.Method == "HEAD" && request.Path.EndsWith("safetensors", StringComparison.Ordinal)
            ? new(302, [], ("X-Linked-ETag", $"\"{FakeHub.Sha256(Weights)}\""),
                ("Location", new Uri(_hub.Store, "model.safetensors").AbsoluteUri))
            : null;

        CheckpointException e = Assert.Throws<CheckpointException>(() => _hub.Resolve(cache.Path));

        Assert.Contains("No space left on device", e.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Blob(cache.Path) + ".incomplete"));
        Assert.False(File.Exists(Blob(cache.Path)));
    }

    [Fact]
    public void Resolve_LargerThanWhatIsFree_SaysSoBeforeItIsFetched()
    {
        using MountedFolder cache = Mounted();
        _hub.Files["model.safetensors"] = FakeHub.Content((int)Room + 1000);

        CheckpointException e = Assert.Throws<CheckpointException>(() => _hub.Resolve(cache.Path));

        Assert.Contains($"the file has {Room + 1000} bytes, and {Path.GetDirectoryName(Blob(cache.Path))} has room for ", e.Message,
            StringComparison.Ordinal);
        Assert.Empty(_hub.Downloads);
    }

    private static MountedFolder Mounted()
    {
        var mounted = MountedFolder.TryMount(Room);
        Assert.SkipWhen(mounted is null, "No file system may be mounted here.");
        return mounted;
    }

    private string Blob(string cache) => Path.Combine(cache, "models--org--model", "blobs", FakeHub.Sha256(Weights));

    private string LockFile(string cache) => Path.Combine(cache, ".locks", "models--org--model", FakeHub.Sha256(Weights) + ".lock");

    private void AssertWeights(string folder) => Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));

    private sealed class Reports : IProgress<HubProgress>
    {
        public TaskCompletionSource<HubProgress> Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int TimesWaiting { get; private set; }

        public void Report(HubProgress value)
        {
            if (value.WaitsFor is null)
                return;
            TimesWaiting++;
            Waiting.TrySetResult(value);
        }
    }
}
