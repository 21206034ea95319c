using System.Diagnostics;
using System.Globalization;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Mutated checkpoints of every format and layout. Whatever a file holds, loading it and reading every weight succeeds or throws a
/// <see cref="CheckpointException"/>, soon and with bounded allocation. OVP_FUZZ_INPUTS sets how many inputs (default 20,000), OVP_FUZZ_SEED the
/// first seed (default 1): input i has the seed OVP_FUZZ_SEED + i, so that a failure is run alone by its seed.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class FuzzTests : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_MutatedFiles_GivesAModelOrACheckpointException()
    {
        long inputs = Setting("OVP_FUZZ_INPUTS", 20_000), seed = Setting("OVP_FUZZ_SEED", 1);
        var seeds = FuzzSeeds.All();
        int loaded = 0;
        var clock = Stopwatch.StartNew();
        for (long i = 0; i < inputs; i++)
            loaded += Try(seeds, (int)(seed + i)) ? 1 : 0;
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{inputs} inputs from seed {seed} in {clock.Elapsed.TotalSeconds:0.0} s: {loaded} loaded, {inputs - loaded} were refused; {seeds.Count} files to mutate.");
        Assert.InRange(loaded, 1, inputs - 1);
    }

    private bool Try(IReadOnlyList<FuzzSeed> seeds, int seed)
    {
        var random = new Random(seed);
        var (original, other) = (seeds[random.Next(seeds.Count)], seeds[random.Next(seeds.Count)]);
        byte[] mutated = Mutation.Of(original.Bytes, other.Bytes, random);
        string folder = _folder.PathOf(original.Model);
        original.CopyModelTo(folder);
        string path = Path.Combine(folder, original.File);
        File.WriteAllBytes(path, mutated);
        long size = mutated.Length + original.ModelBytes, before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        bool loaded;
        try
        {
            loaded = ReadAll(original.Loads(folder));
        }
        catch (CheckpointException)
        {
            loaded = false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}, {original.Model}/{original.File}: {e.GetType().Name} escaped: {e.Message}", e);
        }
        finally
        {
            File.WriteAllBytes(path, original.Bytes);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(clock.Elapsed < s_longest, $"Seed {seed}, {original.Model}/{original.File}: took {clock.Elapsed}.");
        Assert.True(allocated < 64L << 20, $"Seed {seed}, {original.Model}/{original.File}: allocated {allocated} bytes for {size}.");
        return loaded;
    }

    /// <summary>Reads every weight of the first head of the last layer, and the whole model's.</summary>
    private static bool ReadAll(string source)
    {
        var weights = TransformerCheckpoint.Load(source).Weights;
        foreach (var kind in Enum.GetValues<WeightKind>())
            if (weights.Has(kind))
                weights.Read(kind, new HeadIndex(weights.Config.Layers - 1, 0));
        return true;
    }

    private static long Setting(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
