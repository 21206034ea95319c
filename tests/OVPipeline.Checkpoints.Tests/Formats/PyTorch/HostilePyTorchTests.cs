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
    // A tensor of one element, on the stack.
    private static readonly string Tensor = Pickle("K\0", "K\u0001\u0085", "K\u0001\u0085")[9..^2];
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
    public void Open_DictionaryThatHoldsItself_GivesItsTensorsOnce()
    {
        var tensors = CheckpointTensors.Open(Archive("}q\u0009X\u0001\0\0\0a" + Tensor + "sX\u0004\0\0\0selfh\u0009s."));

        Assert.Equal("a", Assert.Single(tensors.Tensors).Name);
    }

    [Fact]
    public void Open_ValuesSharedInTooManyWays_AreRefused()
    {
        // Each list holds the one before it twice: 2^40 ways to the tensor, or to a number.
        string twice = string.Concat(Enumerable.Repeat("](h\0h\0eq\0", 40));

        AssertRefused(Archive(Tensor + "q\0" + twice + "."), "in too many ways");
        AssertRefused(Archive("K\u0001q\0" + twice + "."), "no tensors");
    }

    [Fact]
    public void Open_TensorDeeperThanAnyModel_IsNotLookedFor() =>
        AssertRefused(Archive(Tensor + "q\0" + string.Concat(Enumerable.Repeat("](h\0eq\0", 20_000)) + "."), "no tensors");

    [Fact]
    public void Open_NamesLongerThanAnyModels_AreBounded()
    {
        string key = "X" + Latin(BitConverter.GetBytes(900)) + new string('k', 900) + "q\u0001";
        string many = string.Concat(Enumerable.Repeat("h\u0001h\0s", 10_000));

        AssertRefused(Archive(Tensor + "q\0" + key + "}" + many + "."), "too long together");
        AssertRefused(Archive("}X" + Latin(BitConverter.GetBytes(2000)) + new string('k', 2000) + Tensor + "s."), "no tensors");
    }

    [Fact]
    public void Open_NameOfAnObject_IsShownShortlyOnOneLine()
    {
        string name = "c\u001B[31m" + new string('x', 5000) + "\ny\n)R";

        string note = CheckpointTensors.Open(Archive("}X\u0001\0\0\0b" + name + "sX\u0001\0\0\0a" + Tensor + "s.")).Contents.Notes[0];

        Assert.InRange(note.Length, 100, 250);
        Assert.DoesNotContain(note, char.IsControl);
    }

    [Fact]
    public void Open_SubclassesOfSubclasses_StayData()
    {
        string nested = "ctorch._tensor\n_rebuild_from_type_v2\nq\u0001)q\u0002"
            + string.Concat(Enumerable.Repeat("(h\u0001Nh\u0002tq\u0002", 60_000)) + "h\u0001h\u0002R.";

        AssertRefused(Archive(nested), "torch._tensor._rebuild_from_type_v2");
    }

    [Fact]
    public void Open_LongTextAndBytesBesideTensors_AreNotKept()
    {
        string text = "X" + Latin(BitConverter.GetBytes(3 << 20)) + new string('x', 3 << 20);
        string bytes = "B" + Latin(BitConverter.GetBytes(3 << 20)) + new string('x', 3 << 20);

        var tensors = CheckpointTensors.Open(
            Archive("}X\u0001\0\0\0a" + Tensor + "sX\u0001\0\0\0b" + text + "sX\u0001\0\0\0c" + bytes + "s."));

        Assert.Equal("a", Assert.Single(tensors.Tensors).Name);
    }

    [Theory]
    [InlineData("I1\n", "S'a'\n")]
    [InlineData("I01\n", "V\u0061\n")]
    [InlineData("L12345678901234567890123L\n", "U\u0001a")]
    [InlineData("F1.5\n", "\u008C\u0001a")]
    [InlineData("\u008B\u0009\0\0\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009", "T\u0001\0\0\0a")]
    [InlineData("\u008F(K\u0001K\u0002\u0090", "X\u0001\0\0\0a")]
    [InlineData("(K\u0001\u0091", "X\u0001\0\0\0a")]
    [InlineData("(K\u0001lp7\n0g7\n", "X\u0001\0\0\0a")]
    [InlineData("(K\u0001K\u0002d", "X\u0001\0\0\0a")]
    [InlineData("\u0096\u0001\0\0\0\0\0\0\0x\u0098", "X\u0001\0\0\0a")]
    [InlineData("(N1N20", "X\u0001\0\0\0a")]
    [InlineData("N(0", "X\u0001\0\0\0a")]
    [InlineData("(cx\ny\nNo", "X\u0001\0\0\0a")]
    [InlineData("(Nix\ny\n", "X\u0001\0\0\0a")]
    [InlineData("cx\ny\n)}\u0092K\u0001b", "X\u0001\0\0\0a")]
    [InlineData("cx\ny\n)R(K\u0001e(K\u0001K\u0002u", "X\u0001\0\0\0a")]
    [InlineData("Px\n", "X\u0001\0\0\0a")]
    [InlineData("\u0097", "X\u0001\0\0\0a")]
    [InlineData("\u0083\u0001\0", "X\u0001\0\0\0a")]
    public void Open_ValueOfEveryKindBesideATensor_IsPassedOver(string value, string name) => Assert.Equal(
        "a", Assert.Single(CheckpointTensors.Open(Archive("}X\u0001\0\0\0b" + value + "s" + name + Tensor + "s.")).Tensors).Name);

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
    public void Open_FormatBefore16TruncatedAtAnyByte_IsRefused()
    {
        byte[] bytes = File.ReadAllBytes(Repository.Fixture("PyTorch", "legacy.pth"));
        string path = _folder.PathOf("legacy.pth");
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

    private static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);

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
