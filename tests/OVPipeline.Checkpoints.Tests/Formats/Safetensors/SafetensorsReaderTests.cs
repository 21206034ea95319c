using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class SafetensorsReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_TwoTensors_GivesNamesTypesShapesAndValues()
    {
        string path = Write(
            """{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}"""
            + ""","a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}   """,
            [0x00, 0x3C, 0x00, 0xC0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]);
        var tensors = CheckpointTensors.Open(path);
        Assert.Equal(["b F32 [2]", "a F16 [1, 2]"], tensors.Tensors.Select(t => t.ToString()));
        Assert.Equal([1f, 2f], tensors.Read("b"));
        Assert.Equal([1f, -2f], tensors.Read("a"));
    }

    [Fact]
    public void Open_EmptyTensorAndScalar_AreRead()
    {
        var tensors = CheckpointTensors.Open(Write(
            """{"s":{"dtype":"BF16","shape":[],"data_offsets":[0,2]},"e":{"dtype":"F32","shape":[3,0],"data_offsets":[2,2]}}""",
            [0x80, 0x3F]));
        Assert.Equal([1f], tensors.Read("s"));
        Assert.Empty(tensors.Read("e"));
    }

    [Fact]
    public void Open_EmptyTensorListedAfterOneOfItsStart_IsRead()
    {
        const string Header = """
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"e":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}
            """;

        Assert.Empty(CheckpointTensors.Open(Write(Header, new byte[4])).Read("e"));
    }

    [Fact]
    public void Open_TensorOf33Dimensions_IsRefused()
    {
        string ones = string.Join(',', Enumerable.Repeat(1, 33));
        string header = $$$"""{"a":{"dtype":"F32","shape":[{{{ones}}}],"data_offsets":[0,4]}}""";

        var error = Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(Write(header, new byte[4])));

        Assert.Contains("more than 32", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlap")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "belong to none")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "pass the file's end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "do not hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "do not hold")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "do not hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "non-negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "non-negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,8]}}""", "larger than any file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}""", "non-negative")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,8]}}""", "F4, 2 bytes")]
    [InlineData("""{"a":{"dtype":"F6_E2M3","shape":[8],"data_offsets":[0,8]}}""", "F6_E2M3, 6 bytes")]
    [InlineData("""{"a":{"dtype":"F31","shape":[2],"data_offsets":[8,0]}}""", "do not hold")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "data_offsets are needed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", "unknown")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "twice")]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "malformed")]
    [InlineData("""{"a":[]}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", "malformed")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} {}""", "malformed")]
    [InlineData("""[]""", "not a JSON object")]
    [InlineData(" ", "not a JSON object")]
    public void Open_BadHeader_NamesFileAndReason(string header, string reason)
    {
        string path = Write(header, new byte[8]);
        var error = Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001)]
    [InlineData(200)]
    public void Open_HeaderLengthBeyondFile_IsRefused(ulong length)
    {
        byte[] bytes = new byte[100];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        string path = _folder.PathOf("a.safetensors");
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path));
        Assert.Contains("header of", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TruncatedAtAnyByte_IsRefused()
    {
        string path = Write("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", new byte[8]);
        byte[] bytes = File.ReadAllBytes(path);
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path));
        }
    }

    [Fact]
    public void Open_NoSuchFile_IsRefused() =>
        Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(_folder.PathOf("missing.safetensors")));

    [Theory]
    [InlineData("[4611686018427387904,0]")]
    [InlineData("[4611686018427387904,0,5]")]
    [InlineData("[0,4611686018427387904,5]")]
    public void Read_EmptyButHuge_EndsAtOnce(string shape)
    {
        var tensors = CheckpointTensors.Open(Write($$$"""{"e":{"dtype":"F32","shape":{{{shape}}},"data_offsets":[0,0]}}""", []));
        Assert.Equal(0, tensors.Tensors[0].Length);
        Assert.Empty(tensors.Read("e"));
    }

    [Fact]
    public void Open_LongNameWithLineBreaks_IsSaidShortlyOnOneLine()
    {
        string name = new('x', 5000);
        var error = Assert.Throws<CheckpointException>(
            () => CheckpointTensors.Open(Write($$$"""{"a\nb{{{name}}}":{"dtype":"F32","shape":[],"data_offsets":[0,0]}}""", [])));
        Assert.InRange(error.Message.Length, 200, 600);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Read_Integers_SaysThatTheyAreNoWeights()
    {
        var tensors = CheckpointTensors.Open(Write("""{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", new byte[8]));
        Assert.Contains("I64", Assert.Throws<CheckpointException>(() => tensors.Read("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownName_ListsNames()
    {
        var tensors = CheckpointTensors.Open(Write("""{"here":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]));
        var error = Assert.Throws<CheckpointException>(() => tensors.Read("there"));
        Assert.Equal("there", error.Entry);
        Assert.Contains("here", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("F4", 16)]
    [InlineData("F6_E3M2", 10)]
    [InlineData("F8_E8M0", 8)]
    [InlineData("F31", 5)]
    public void Open_TypeThatIsNotRead_IsAnErrorOfThatTensorAlone(string type, int elements)
    {
        string entry = $$$"""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"{{{type}}}","shape":[{{{elements}}}],""";
        var tensors = CheckpointTensors.Open(Write(entry + "\"data_offsets\":[4,12]}}", [0, 0, 128, 63, .. new byte[8]]));

        Assert.Equal([1f], tensors.Read("a"));
        Assert.Equal((ElementType.Other, elements), (tensors.Tensors[1].Type, (int)tensors.Tensors[1].Length));
        var error = Assert.Throws<CheckpointException>(() => tensors.Read("x"));
        Assert.Equal("x", error.Entry);
        Assert.Contains($"elements of {type} are not read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Metadata_AreKept() =>
        Assert.Equal("pt", CheckpointTensors.Open(
            Write("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]))
            .Contents.Metadata["format"]);

    private string Write(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        string path = _folder.PathOf("test.safetensors");
        File.WriteAllBytes(path, [.. length, .. json, .. data]);
        return path;
    }
}
