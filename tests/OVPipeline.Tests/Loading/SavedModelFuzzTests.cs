using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Tests.Loading;

/// <summary>
/// Mutated saved models. Whatever a file holds, opening it by <c>LoadCircuit</c> succeeds or throws a <see cref="CircuitModelException"/>,
/// soon and with memory that the file's size justifies. OVP_FUZZ_INPUTS sets how many inputs (default 1,000), OVP_FUZZ_SEED the first seed
/// (default 1): input i has the seed OVP_FUZZ_SEED + i.
/// </summary>
public sealed class SavedModelFuzzTests : IDisposable
{
    // What any file takes, be it empty: buffers of the framework's zip reader and what is compiled on the way. What a file may unpack to
    // stands in CircuitArchive; strings and their index take five times the bytes that they are read from.
    private const long Overhead = 4 << 20, Times = 6 * CircuitArchive.MostTimes;

    // Of smaller files the share of the overhead is all that a ratio says.
    private const long Smallest = 1024;

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-").FullName;
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void LoadCircuit_MutatedZips_LoadsOrThrowsACircuitModelException()
    {
        long inputs = Setting("OVP_FUZZ_INPUTS", 1_000), first = Setting("OVP_FUZZ_SEED", 1);
        string[] seeds = Seeds();
        long loaded = 0, unpacked = 0, most = 0, mostSeed = 0, ratioSeed = 0, ratioSize = 0;
        double ratio = 0;
        string path = Path.Combine(_folder, "mutated.zip");
        foreach (string seed in seeds)
            _ml.Model.LoadCircuit(seed, out _); // they are sound, and all is compiled
        for (long number = first; number < first + inputs; number++)
        {
            ZipMutation.Write(seeds, path, new Random((int)number));
            long size = new FileInfo(path).Length, before = GC.GetAllocatedBytesForCurrentThread();
            var clock = System.Diagnostics.Stopwatch.StartNew();
            try
            {
                _ml.Model.LoadCircuit(path, out _);
                loaded++;
            }
            catch (CircuitModelException e)
            {
                Assert.True(e.File == path, $"Seed {number}: names {e.File}.");
                unpacked += e.Entry is null ? 0 : 1;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {number}: {e.GetType().Name} escaped: {e.Message}", e);
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(clock.Elapsed < s_longest, $"Seed {number}: took {clock.Elapsed}.");
            Assert.True(allocated <= Overhead + (Times * size), $"Seed {number}: allocated {allocated} bytes for a file of {size}.");
            if (allocated > most)
                (most, mostSeed) = (allocated, number);
            if (size >= Smallest && (double)allocated / size > ratio)
                (ratio, ratioSeed, ratioSize) = ((double)allocated / size, number, size);
        }
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{inputs} saved models from seed {first}: {loaded} loaded, {inputs - loaded} refused, {unpacked} of them for an entry; ")
            + string.Create(CultureInfo.InvariantCulture, $"at most {most / 1e6:0.0} MB allocated (seed {mostSeed}), ")
            + string.Create(CultureInfo.InvariantCulture, $"at most {ratio:0} times the file's {ratioSize} bytes (seed {ratioSeed})."));
        Assert.InRange(loaded, 1, inputs - 1);
        Assert.InRange(unpacked, inputs / 4, inputs);
    }

    // A copier of a small model, a pair of labels, a pipeline of two circuits, one to other outputs; and one of a megabyte.
    private string[] Seeds()
    {
        var model = SmallModel.Create();
        var tokens = _ml.Data.LoadVocabulary(model);
        var top = _ml.Transforms.ScoreTopK(k: 3);
        var other = OutputModel.Create();
        var labels = _ml.Data.LoadVocabulary(other, "Label", token => token % 3);
        var real = Checkpoints.TransformerCheckpoint.Load(Path.Combine(SharedFiles.Root, "data", "attn-only-2l-quarter"));
        var realTokens = _ml.Data.LoadVocabulary(real);
        return
        [
            Save(_ml.OVCircuits().Trainers.LowRankCopier(model, rank: 4).Append(top).Fit(tokens), tokens),
            Save(_ml.Transforms.ExtractOVCircuit("OV", "TokenId", model, new HeadIndex(1, 0)).Fit(tokens), tokens),
            Save(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 0))
                .Append(_ml.Transforms.ExtractOVCircuit("Other", "TokenId", model, new HeadIndex(0, 1)))
                .Append(top).Fit(tokens), tokens),
            Save(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", other, new HeadIndex(1, 2))
                .Append(_ml.Transforms.ScoreTopK(k: 2, labelColumnName: "Label")).Fit(labels), labels),
            Save(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", real, new HeadIndex(1, 1)).Append(top).Fit(realTokens), realTokens),
        ];
    }

    private string Save(ITransformer fitted, IDataView data)
    {
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}.zip");
        _ml.Model.Save(fitted, data.Schema, path);
        return path;
    }

    private static long Setting(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
