using System.Globalization;
using System.IO.Compression;
using System.Text;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class HostilePyTorchTests : IDisposable
{
    private const string TensorA = "\u0080\u0002}X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n"
        + "((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0006tQ"
        + "{offset}{shape}{stride}\u0089ccollections\nOrderedDict\n)RtRs.";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_SoundPickleByHand_IsRead() =>
        Assert.Equal([1f, 2, 3], CheckpointTensors.Open(Archive(Pickle("K\u0001", "K\u0003\u0085", "K\u0001\u0085"))).Read("a"));

    [Theory]
    [InlineData("K\u0004", "K\u0003\u0085", "K\u0001\u0085", "passes its storage")]
    [InlineData("K\0", "K\u0007\u0085", "K\u0001\u0085", "passes its storage")]
    [InlineData("K\0", "K\u0003\u0085", "K\u0003\u0085", "passes its storage")]
    [InlineData("J\u00FF\u00FF\u00FF\u00FF", "K\u0003\u0085", "K\u0001\u0085", "passes its storage")]
    [InlineData("K\0", "J\u00FF\u00FF\u00FF\u00FF\u0085", "K\u0001\u0085", "passes its storage")]
    [InlineData("K\u0005", "K\u0003\u0085", "J\u00FF\u00FF\u00FF\u00FF\u0085", "passes its storage")]
    [InlineData("K\0", "K\u0003\u0085", "K\u0001K\u0001\u0086", "strides")]
    [InlineData("K\0", "\u008A\u0008\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u007F\u0085",
        "\u008A\u0008\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u007F\u0085", "passes its storage")]
    [InlineData("K\0", "\u008A\u0009\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u007F\0\u0085", "K\u0001\u0085", "no whole number")]
    [InlineData("K\0", "N\u0085", "K\u0001\u0085", "no whole number")]
    public void Open_TensorBeyondItsStorage_IsRefused(string offset, string shape, string stride, string reason) =>
        AssertRefused(Archive(Pickle(offset, shape, stride)), reason);

    [Theory]
    [InlineData("cos\nsystem\nX\u0004\0\0\0exit\u0085R.", "os.system")]
    [InlineData("X\u0002\0\0\0osX\u0006\0\0\0system\u0093.", "os.system")]
    [InlineData("cbuiltins\neval\n.", "builtins.eval")]
    [InlineData("ctorch\nload\n.", "torch.load")]
    [InlineData("ios\nsystem\n.", "mark is missing")]
    [InlineData("(ios\nsystem\n.", "os.system")]
    [InlineData("(cos\nsystem\nX\u0004\0\0\0exito.", "os.system")]
    [InlineData("(o.", "stack is empty")]
    [InlineData("cos\nsystem\n)\u0081.", "os.system")]
    [InlineData("cos\nsystem\n)}\u0092.", "os.system")]
    [InlineData("cos\nsystem\n)R}b)R.", "os.system")]
    [InlineData("\u0082\u0007.", "extension 7 of Python's registry")]
    [InlineData("\u0084\u0007\0\0\0)R.", "extension 7 of Python's registry")]
    [InlineData("Pos.system\n.", "a persistent id")]
    [InlineData("\u0097.", "a buffer outside")]
    [InlineData("\u00FF", "0xFF")]
    [InlineData("}K\u0001b)R.", "no function")]
    [InlineData("ctorch\nfloat32\n)R.", "torch.float32")]
    [InlineData("h\u0005.", "never remembered")]
    [InlineData(".", "stack is empty")]
    [InlineData("t.", "mark is missing")]
    [InlineData("}K\u0001(s.", "stack is empty")]
    [InlineData("K\u0001K\u0001a.", "no list")]
    [InlineData("K\u0001K\u0001K\u0001s.", "no dictionary")]
    [InlineData("}(K\u0001u.", "no value")]
    [InlineData("X\u00FF\u00FF\u00FF\u007Fa.", "cut off")]
    [InlineData("X\u0009\0\0\0a.", "cut off")]
    [InlineData("\u008D\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FFa.", "cut off")]
    [InlineData("cos", "does not end")]
    [InlineData("K\u0001Q.", "a persistent id")]
    [InlineData("]]a}K\u0001b.", "no tensors")]
    [InlineData("K\u0001.", "only the value 1")]
    [InlineData("K\u0001K\u0001b.", "can have none")]
    [InlineData("])b.", "no tensors")]
    [InlineData("}.", "no tensors")]
    public void Open_HostilePickle_IsRefusedByName(string pickle, string reason) => AssertRefused(Archive("\u0080\u0002" + pickle), reason);

    [Fact]
    public void Open_EndlessStackMemoOrInstructions_AreBounded()
    {
        AssertRefused(Archive(new string('}', 300_000)), "stacked");
        AssertRefused(Archive(new string('(', 300_000)), "stacked");
        AssertRefused(Archive("}" + string.Concat(Enumerable.Repeat("\u0094", 600_000))), "remembers");
        AssertRefused(Archive(string.Concat(Enumerable.Repeat("N0", 1_100_000))), "instructions");
    }

    [Fact]
    public void Open_ListThatHoldsItself_EndsAsData() => AssertRefused(Archive("]\u0094h\0a."), "only a list");

    [Fact]
    public void Open_StorageOfAnotherSizeOrMissing_IsRefused()
    {
        AssertRefused(Archive(Pickle("K\0", "K\u0003\u0085", "K\u0001\u0085"), storage: 23), "23 bytes");
        AssertRefused(Archive(Pickle("K\0", "K\u0003\u0085", "K\u0001\u0085"), storage: null), "not in the archive");
    }

    [Fact]
    public void Open_TruncatedAtAnyByte_IsRefused()
    {
        string path = Archive(Pickle("K\0", "K\u0003\u0085", "K\u0001\u0085"));
        byte[] bytes = File.ReadAllBytes(path);
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path));
        }
    }

    [Fact]
    public void Open_OverlappingOrRepeatedEntries_AreRefused()
    {
        string path = Archive(Pickle("K\0", "K\u0003\u0085", "K\u0001\u0085"));
        byte[] bytes = File.ReadAllBytes(path);
        int directory = bytes.AsSpan().IndexOf("PK\u0001\u0002"u8), end = bytes.AsSpan().IndexOf("PK\u0005\u0006"u8);
        byte[] entries = bytes[directory..end];
        byte[] tail = bytes[end..];
        BitConverter.TryWriteBytes(tail.AsSpan(8), (short)4);
        BitConverter.TryWriteBytes(tail.AsSpan(10), (short)4);
        BitConverter.TryWriteBytes(tail.AsSpan(12), entries.Length * 2);
        File.WriteAllBytes(path, [.. bytes[..directory], .. entries, .. entries, .. tail]);
        AssertRefused(path, "twice");
    }

    private static string Pickle(string offset, string shape, string stride) => TensorA
        .Replace("{offset}", offset, StringComparison.Ordinal).Replace("{shape}", shape, StringComparison.Ordinal)
        .Replace("{stride}", stride, StringComparison.Ordinal);

    /// <summary>An archive whose pickle is given as one character for each byte, with one storage of floats 0, 1, 2 ...</summary>
    private string Archive(string pickle, int? storage = 24)
    {
        string path = _folder.PathOf($"{Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture)}.pth");
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("archive/data.pkl", Encoding.Latin1.GetBytes(pickle));
        if (storage is int length)
            Add("archive/data/0", [.. Enumerable.Range(0, 6).SelectMany(i => BitConverter.GetBytes((float)i)).Take(length)]);
        return path;

        void Add(string name, byte[] bytes)
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
    }

    private static void AssertRefused(string path, string reason)
    {
        var error = Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
