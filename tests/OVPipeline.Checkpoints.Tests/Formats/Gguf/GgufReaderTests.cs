using System.Buffers.Binary;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class GgufReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2u, 32)]
    [InlineData(3u, 32)]
    [InlineData(3u, 64)]
    [InlineData(3u, 1)]
    public void Open_VersionsAndAlignments_ReadsShapesOutermostFirst(uint version, int alignment)
    {
        var gguf = new GgufFile { Version = version, Alignment = alignment };
        if (alignment != 32)
            gguf.Set("general.alignment", (uint)alignment);
        string path = gguf.Add("a", [2, 3], [1, 2, 3, 4, 5, 6]).Add("b", [1], [7]).Add("c", 30, [2], [0x80, 0x3F, 0, 0x40])
            .Save(_folder.PathOf("x.bin"));
        var tensors = CheckpointTensors.Open(path);
        Assert.Equal(["a F32 [2, 3]", "b F32 [1]", "c BF16 [2]"], tensors.Tensors.Select(tensor => tensor.ToString()));
        Assert.Equal([1f, 2, 3, 4, 5, 6], tensors.Read("a"));
        Assert.Equal([7f], tensors.Read("b"));
        Assert.Equal([1f, 2], tensors.Read("c"));
        Assert.Equal("GGUF", tensors.Contents.Format);
    }

    [Fact]
    public void Open_MetadataOfEveryType_IsDescribed()
    {
        string path = new GgufFile().Set("u8", (byte)200).Set("u32", uint.MaxValue).Set("i32", -5).Set("u64", ulong.MaxValue)
            .Set("i64", long.MinValue).Set("f32", 1e-5f).Set("f64", 0.25).Set("nan", float.NaN).Set("flag", true).Set("text", "τext")
            .Set("list", new[] { 1, 2 }).Set("texts", new[] { "a", "b" }).SetRaw("i8", 1, 0, 0, 0, 0xFF)
            .SetRaw("i16", 3, 0, 0, 0, 0xFE, 0xFF)
            // an array of one array of two bytes
            .SetRaw("nested", 9, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 8)
            .Save(_folder.PathOf("x.gguf"));
        var metadata = CheckpointTensors.Open(path).Contents.Metadata;
        Assert.Equal(
            ["f32 1E-05", "f64 0.25", "flag true", "i16 -2", "i32 -5", "i64 -9223372036854775808", "i8 -1", "list [1,2]", "nan NaN",
                "text τext", "u32 4294967295", "u64 18446744073709551615", "u8 200"],
            metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}"));
    }

    [Theory]
    [InlineData(16u, 66, 256, "IQ2_XXS elements cannot be read here: convert the file to Q8_0 or F16.")]
    [InlineData(40u, 36, 64, "NVFP4 elements cannot be read here")]
    [InlineData(31u, 18, 32, "Q4_0_4_4 elements cannot be read here")]
    [InlineData(999u, 64, 32, "its elements are of ggml's type 999, which is not known here.")]
    public void Open_TypesNotRead_AreListedAndSayWhy(uint type, int bytes, int length, string reason)
    {
        string path = new GgufFile().Add("a", type, [length], new byte[bytes]).Add("b", [1], [7]).Save(_folder.PathOf("x.gguf"));
        var tensors = CheckpointTensors.Open(path);
        Assert.Equal(ElementType.Other, tensors.Tensors[0].Type);
        Assert.Equal([7f], tensors.Read("b"));
        Assert.Contains(reason, Assert.Throws<CheckpointException>(() => tensors.Read("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_PartsOfAModel_OpensAllFromAnyOfThem()
    {
        for (int part = 0; part < 3; part++)
        {
            var gguf = new GgufFile().Set("split.no", (ushort)part).Set("split.count", (ushort)3).Set("split.tensors.count", 3)
                .Add($"t{part}", [1], [part]);
            if (part == 0)
                gguf.Set("general.architecture", "llama");
            gguf.Save(_folder.PathOf($"m-0000{part + 1}-of-00003.gguf"));
        }
        File.Copy(_folder.PathOf("m-00001-of-00003.gguf"), _folder.PathOf("other.gguf"));
        foreach (string name in new[] { "m-00001-of-00003.gguf", "m-00003-of-00003.gguf" })
        {
            var tensors = CheckpointTensors.Open(_folder.PathOf(name));
            Assert.Equal(["t0", "t1", "t2"], tensors.Tensors.Select(tensor => tensor.Name));
            Assert.Equal([2f], tensors.Read("t2"));
            Assert.Equal("llama", tensors.Contents.Metadata["general.architecture"]);
        }
        AssertWrong(_folder.PathOf("other.gguf"), "its name does not tell the others'");
        File.Delete(_folder.PathOf("other.gguf"));
        Assert.Equal(_folder.PathOf("m-00001-of-00003.gguf"), CheckpointLocation.Find(_folder.Path)!.Weights);
        File.Delete(_folder.PathOf("m-00002-of-00003.gguf"));
        File.Copy(_folder.PathOf("m-00001-of-00003.gguf"), _folder.PathOf("m-00002-of-00003.gguf"));
        AssertWrong(_folder.PathOf("m-00001-of-00003.gguf"), "says that it is part 1 of the model; by its name it is 2");
        File.Delete(_folder.PathOf("m-00002-of-00003.gguf"));
        AssertWrong(_folder.PathOf("m-00001-of-00003.gguf"), "m-00002-of-00003.gguf");
    }

    // A sound file of one value and two tensors; a number in it is written over.
    [Theory]
    [InlineData(4, 4, 1, "is GGUF of version 1; versions 2 and 3 are read here")]
    [InlineData(4, 4, 0x03000000, "is a big-endian GGUF file")]
    [InlineData(8, 8, 99, "tells of 99 tensors, of which")]
    [InlineData(8, 8, long.MaxValue, "tensors, of which")]
    [InlineData(8, 8, -1, "tells of 18446744073709551615 tensors")]
    [InlineData(16, 8, 1L << 40, "metadata values, of which")]
    [InlineData(24, 8, 1L << 40, "metadata 0: tells of 1099511627776 bytes of text")]
    [InlineData(33, 4, 13, "k: is of type 13, which is not known")]
    [InlineData(37, 4, 77, "k: is of type 77, which is not known")]
    [InlineData(41, 8, 1L << 62, "k: tells of 4611686018427387904 elements")]
    [InlineData(57, 8, 1L << 40, "tensor 0: tells of 1099511627776 bytes of text")]
    [InlineData(66, 4, 9, "a: has 9 dimensions, more than 8")]
    [InlineData(70, 8, 1L << 40, "a: 4398046511104 bytes from 0 pass the file's end")]
    [InlineData(70, 8, long.MaxValue, "a: too many bytes from 0 pass the file's end")]
    [InlineData(70, 8, -1, "a: has a dimension of 18446744073709551615")]
    [InlineData(78, 4, 2, "a: has rows of 2, which are no multiple of the 32 elements of a block")]
    [InlineData(82, 8, 1, "a: begins at 1, no multiple of the alignment 32")]
    [InlineData(82, 8, 1L << 60, "a: 8 bytes from 1152921504606846976 pass the file's end")]
    [InlineData(82, 8, -32, "a: 8 bytes from 18446744073709551584 pass the file's end")]
    [InlineData(82, 8, 32, "b: begins at 32, before a ends at 40")]
    public void Open_NumbersThatCannotBe_SaysWhichAndWhy(int at, int size, long value, string reason)
    {
        byte[] bytes = new GgufFile().Set("k", new[] { 5, 6 }).Add("a", [2], [1, 2]).Add("b", [2], [3, 4]).ToBytes();
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        number[..size].CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(_folder.PathOf("x.gguf"), bytes);
        AssertWrong(_folder.PathOf("x.gguf"), reason);
    }

    [Fact]
    public void Open_ValuesThatCannotBe_SaysWhichAndWhy()
    {
        AssertWrong(new GgufFile().Set("a", 1).Set("a", 2), "a: occurs twice in the metadata");
        AssertWrong(new GgufFile().Set("general.alignment", "x"), "general.alignment: must be a whole number, is Text");
        AssertWrong(new GgufFile().Set("general.alignment", 0), "general.alignment: must be a positive number of 31 bits, was 0");
        AssertWrong(new GgufFile().SetRaw("deep", [.. Enumerable.Repeat<byte[]>([9, 0, 0, 0], 1).SelectMany(b => b),
            .. Enumerable.Repeat<byte[]>([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 6).SelectMany(b => b), .. new byte[64]]),
            "deep: has arrays in arrays, deeper than 4");
        AssertWrong(new GgufFile().Add("a", [1], [1]).Add("a", [1], [2]), "a: occurs twice");
        AssertWrong(new GgufFile().Add("s", 8, [], new byte[34]), "s: is a single number, but of blocks of 32");
    }

    [Fact]
    public void Open_CutAnywhere_IsRefused()
    {
        byte[] bytes = new GgufFile().Set("k", new[] { "a", "b" }).Set("l", 5).Add("a", [16], new float[16]).ToBytes();
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(_folder.PathOf("x.gguf"), bytes[..length]);
            Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(_folder.PathOf("x.gguf")));
        }
    }

    private void AssertWrong(GgufFile gguf, string reason) => AssertWrong(gguf.Save(_folder.PathOf("x.gguf")), reason);

    private static void AssertWrong(string path, string reason) =>
        Assert.Contains(reason, Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path)).Message, StringComparison.Ordinal);
}
