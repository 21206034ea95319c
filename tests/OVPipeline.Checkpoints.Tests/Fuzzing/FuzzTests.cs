using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Mutated files of every format and layout. Whatever a file holds, loading it and reading what it has succeeds or throws a
/// <see cref="CheckpointException"/>, soon and with bounded allocation. OVP_FUZZ_INPUTS sets how many inputs (default 20,000),
/// OVP_FUZZ_SEED the first seed (default 1): input i has the seed OVP_FUZZ_SEED + i, so that a failure is run alone by its seed.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class FuzzTests : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, FuzzCount> _counts = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_MutatedFiles_LoadsOrThrowsACheckpointException()
    {
        long inputs = Setting("OVP_FUZZ_INPUTS", 20_000), seed = Setting("OVP_FUZZ_SEED", 1);
        var seeds = FuzzSeeds.All();
        long loaded = 0;
        int workers = Environment.ProcessorCount;
        var clock = Stopwatch.StartNew();
        Parallel.For(0, workers, worker =>
        {
            var files = new FuzzFiles(_folder.PathOf(worker.ToString(CultureInfo.InvariantCulture)));
            for (long i = worker; i < inputs; i += workers)
                if (Try(seeds, (int)(seed + i), files))
                    Interlocked.Increment(ref loaded);
        });
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{inputs} inputs from seed {seed} in {clock.Elapsed.TotalSeconds:0.0} s: {loaded} loaded, {inputs - loaded} were refused; "
                + $"{seeds.Count} files to mutate.");
        foreach (var (group, count) in _counts.OrderBy(item => item.Key, StringComparer.Ordinal))
            TestContext.Current.TestOutputHelper!.WriteLine($"{group}: {count}");
        Assert.InRange(loaded, 1, inputs - 1);
    }

    private bool Try(IReadOnlyList<FuzzSeed> seeds, int number, FuzzFiles files)
    {
        var random = new Random(number);
        var (seed, other) = (seeds[random.Next(seeds.Count)], seeds[random.Next(seeds.Count)]);
        byte[] mutated = Mutation.Of(seed.Bytes, other.Bytes, random);
        string folder = files.Put(seed, mutated), what = $"Seed {number}, {seed.Folder}/{seed.File}";
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        bool loaded = true;
        try
        {
            seed.Load(folder);
        }
        catch (CheckpointException)
        {
            loaded = false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{what}: {e.GetType().Name} escaped: {e.Message}", e);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before, allowed = 2 * (mutated.Length + seed.Size) + (64 << 20);
        _counts.GetOrAdd(seed.Group, _ => new()).Add(number, loaded, clock.Elapsed, allocated);
        Assert.True(clock.Elapsed < s_longest, $"{what}: took {clock.Elapsed}.");
        Assert.True(allocated <= allowed, $"{what}: allocated {allocated} bytes, {allowed} are allowed.");
        return loaded;
    }

    private static long Setting(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
