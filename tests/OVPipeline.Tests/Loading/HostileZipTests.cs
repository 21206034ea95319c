using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Tests.Loading;

/// <summary>
/// Saved models that somebody made to do harm. Each is one <see cref="CircuitModelException"/> that names the file, and takes little memory
/// to refuse.
/// </summary>
public sealed class HostileZipTests : IDisposable
{
    // Buffers of the framework's zip reader and the like.
    private const long Overhead = 1 << 21;

    private readonly MLContext _ml = new(seed: 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-").FullName;
    private readonly string _path;

    public HostileZipTests()
    {
        _path = Path.Combine(_folder, "model.zip");
        var model = SmallModel.Create();
        var tokens = _ml.Data.LoadVocabulary(model);
        var fitted = _ml.OVCircuits().Trainers.LowRankCopier(model, rank: 4).Append(_ml.Transforms.ScoreTopK(k: 3)).Fit(tokens);
        _ml.Model.Save(fitted, tokens.Schema, _path);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("strings-count.zip", "entry 'TransformerChain/Transform_000/Circuit' cannot be read: it counts ")]
    [InlineData("bomb-H-1.9GB.zip", "entry 'TransformerChain/Transform_000/Tokens' cannot be read: it counts 50 texts in ")]
    [InlineData("dup-token-40000.zip", "entry 'TransformerChain/Transform_000/Tokens' cannot be read: Token 39999 has the same display")]
    [InlineData("asm-torchsharp.zip", "/Transform_000/Model.key' is a step 'OVPipelineTokenCircuit' of 'TorchSharp'")]
    [InlineData("asm-missing.zip", "entry 'TransformerChain/Transform_000/Model.key' is a step 'OVPipelineTokenCircuit' of '")]
    [InlineData("tampered-digest.zip", "entry 'TransformerChain/Transform_000/")]
    [InlineData("truncated.zip", "is a zip archive, but not a circuit that ml.Model.Save wrote, or it is cut or damaged")]
    public void LoadCircuit_SharedCase_IsRefused(string zip, string sentence)
    {
        string path = SharedFiles.PathOf("cases", "hostile", zip);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        AssertRefused(path, sentence);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"Took {clock.Elapsed}.");
        Assert.DoesNotContain(AppDomain.CurrentDomain.GetAssemblies(), assembly => assembly.GetName().Name == "TorchSharp");
    }

    // By ML.NET's own loader what the sizes in front already tell is not unpacked.
    [Theory]
    [InlineData("strings-count.zip", "Circuit")]
    [InlineData("bomb-H-1.9GB.zip", "Tokens")]
    public void Load_SharedCase_IsRefusedWithoutTheMemory(string zip, string entry)
    {
        string path = SharedFiles.PathOf("cases", "hostile", zip);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Exception? error = Record.Exception(() => new MLContext().Model.Load(path, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
        while (error is not (null or CircuitModelException))
            error = error.InnerException;
        Assert.Equal(entry, Assert.IsType<CircuitModelException>(error).Entry);
    }

    [Theory]
    [InlineData(0)] // the texts of heads
    [InlineData(1)] // those of processing
    public void LoadCircuit_CountOfTextsBeyondTheEntry_IsRefused(int which)
    {
        var zip = new SavedZip(_path);
        string path = zip.PathOf("Circuit");
        byte[] bytes = zip[path];
        using var reader = new BinaryReader(new MemoryStream(bytes));
        for (int i = 0; i < 4; i++)
            reader.ReadString();
        if (which == 1)
            for (int heads = reader.ReadInt32(); heads > 0; heads--)
                reader.ReadString();
        BitConverter.TryWriteBytes(bytes.AsSpan((int)reader.BaseStream.Position), int.MaxValue);

        AssertRefused(zip.Put(path, bytes), "cannot be read: it counts 2147483647 texts in ");
    }

    [Theory]
    [InlineData(-4, -16)]
    [InlineData(0, 16)]
    [InlineData(int.MinValue, int.MinValue)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void LoadCircuit_RankThatNoCircuitHas_IsRefused(int rank, int width)
    {
        var zip = new SavedZip(_path);
        string path = zip.PathOf("Circuit");
        byte[] bytes = zip[path];
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 8), rank);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), width);

        AssertRefused(zip.Put(path, bytes), rank < 1 ? $"its rank is {rank}" : "which are no lines of 2147483647 numbers");
    }

    [Theory]
    [InlineData("H")]
    [InlineData("G")]
    [InlineData("A")]
    [InlineData("B")]
    public void LoadCircuit_NaNWithItsDigest_IsRefused(string entry)
    {
        var zip = new SavedZip(_path);
        string path = zip.PathOf(entry);
        BitConverter.TryWriteBytes(zip[path].AsSpan(8), float.NaN);

        AssertRefused(zip.Put(path, zip[path]), $"/{entry}' holds a number in row 0 that is not finite");
    }

    [Fact]
    public void LoadCircuit_RowsThatPackToNothing_AreNotUnpacked()
    {
        var zip = new SavedZip(_path);
        zip.Put(zip.PathOf("H"), new byte[200 << 20]); // 13 million rows of rank 4, of which there are 120 tokens

        AssertRefused(zip, "/Tokens' cannot be read: it counts 120 texts in ");
    }

    [Fact]
    public void LoadCircuit_AllSizesTrueOfABomb_UnpacksOnlyWhatTheFileJustifies()
    {
        var zip = SavedAtRank(200_000);

        AssertRefused(zip, "unpacks to 12800000 bytes, and what is read of the file may unpack to 16 times its size; ml.Model.Load opens");
    }

    [Fact]
    public void LoadCircuit_EntriesThatAreTooMuchTogether_AreRefused()
    {
        var zip = SavedAtRank(1_200); // H and G unpack to 576,000 bytes each, and a small file may to a million in all

        AssertRefused(zip, "/G' unpacks to 576000 bytes, and what is read of the file may unpack to 16 times its size");
    }

    [Fact]
    public void LoadCircuit_LongKey_IsNotRead()
    {
        const string Key = "TransformerChain/Model.key";
        var zip = new SavedZip(_path);

        AssertRefused(zip.Put(Key, [.. zip[Key], .. new byte[1 << 16]]), $"'{Key}' holds {zip[Key].Length} bytes, more than the 65536");
    }

    [Fact]
    public void LoadCircuit_StepsOfPipelinesInPipelines_CountTogether()
    {
        var zip = new SavedZip(_path);
        byte[] inner = [.. zip["TransformerChain/Model.key"]];
        BitConverter.TryWriteBytes(inner.AsSpan(256), 10_000); // the first step of the outer one is a step too

        AssertRefused(
            zip.Put("TransformerChain/Transform_001/Model.key", inner, listed: false), "there are 10000 steps in a pipeline 1 deep");
    }

    [Theory]
    [InlineData("H", 4_000u)]
    [InlineData("Tokens", 40_000u)]
    [InlineData("Circuit", uint.MaxValue - 1)]
    [InlineData("Model.key", uint.MaxValue - 1)]
    public void LoadCircuit_DirectoryThatLiesOfASize_IsRefused(string entry, uint size)
    {
        byte[] bytes = File.ReadAllBytes(_path);
        for (int at = 0; (at = IndexOf(bytes, [0x50, 0x4B, 1, 2], at)) >= 0; at++)
        {
            int name = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 28));
            if (Encoding.UTF8.GetString(bytes, at + 46, name).EndsWith($"/{entry}", StringComparison.Ordinal))
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 24), size);
        }
        File.WriteAllBytes(_path, bytes);

        AssertRefused(_path, $"/{entry}' holds ");
    }

    [Fact]
    public void LoadCircuit_EntryThatOccursTwice_IsRefused()
    {
        string name = new SavedZip(_path).PathOf("Circuit").Replace('/', '\\');
        using (var archive = ZipFile.Open(_path, ZipArchiveMode.Update))
            archive.CreateEntry(name).Open().Dispose();

        AssertRefused(_path, "occurs twice in the archive");
    }

    [Fact]
    public void LoadCircuit_PipelinesInPipelinesWithoutEnd_AreRefused()
    {
        var zip = new SavedZip(_path);
        string folder = "TransformerChain";
        for (int depth = 0; depth < 100; depth++, folder += "/Transform_000")
            zip.Copy("TransformerChain/Model.key", $"{folder}/Model.key");

        AssertRefused(zip, "steps in a pipeline 4 deep");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void LoadCircuit_ImpossibleCountOfSteps_IsRefused(int count)
    {
        var zip = new SavedZip(_path);
        BitConverter.TryWriteBytes(zip["TransformerChain/Model.key"].AsSpan(256), count);

        AssertRefused(zip, $"there are {count} steps");
    }

    [Fact]
    public void LoadCircuit_StepOfAnother_IsRefusedByName()
    {
        var tokens = _ml.Data.LoadVocabulary(SmallModel.Create());
        _ml.Model.Save(_ml.Transforms.Conversion.MapKeyToValue("Text", "TokenId").Fit(tokens), tokens.Schema, _path);

        AssertRefused(_path, "is a step 'KeyToValueTransform' of 'Microsoft.ML.Data', which is none of OVPipeline's");
    }

    [Fact]
    public void LoadCircuit_ScoringAlone_HoldsNoCircuit()
    {
        _ml.Model.Save(new TopKScoringTransformer(_ml, new TopKScoringEstimator.Options()), null, _path);

        AssertRefused(_path, "holds an ML.NET model, but no token circuit");
    }

    [Fact]
    public void LoadCircuit_WhatIsNoZip_IsRefused()
    {
        File.WriteAllText(_path, "");
        AssertRefused(_path, "is ");
        File.WriteAllText(_path, "no zip");
        AssertRefused(_path, "is text, not a circuit that ml.Model.Save wrote");
        AssertRefused(_folder, "cannot be opened: it is a folder, not a file");
        AssertRefused(Path.Combine(_folder, "none.zip"), "cannot be opened: there is no such file");
    }

    private static int IndexOf(byte[] bytes, byte[] part, int from)
    {
        int at = bytes.AsSpan(from).IndexOf(part);
        return at < 0 ? -1 : from + at;
    }

    // The saved model as one of another rank: what its entries say of their sizes is true, and they hold zeros.
    private SavedZip SavedAtRank(int rank)
    {
        var zip = new SavedZip(_path);
        string circuit = zip.PathOf("Circuit");
        BitConverter.TryWriteBytes(zip[circuit].AsSpan(zip[circuit].Length - 8), rank);
        zip.Put(circuit, zip[circuit]);
        foreach (var (entry, size) in new[] { ("H", 120), ("G", 120), ("A", 16), ("B", 16) })
            zip.Put(zip.PathOf(entry), new byte[size * rank * sizeof(float)]);
        return zip;
    }

    private void AssertRefused(SavedZip zip, string sentence)
    {
        zip.Write(_path);
        AssertRefused(_path, sentence);
    }

    private void AssertRefused(string path, string sentence)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<CircuitModelException>(() => _ml.Model.LoadCircuit(path, out _));

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before, size = File.Exists(path) ? new FileInfo(path).Length : 0;
        Assert.Equal(path, error.File);
        Assert.StartsWith($"{path}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, Overhead + (32 * size));
    }
}
