using System.Runtime.InteropServices;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class OnnxReaderTests : IDisposable
{
    private static readonly float[] s_six = [1, -2, 3.5f, 0.25f, -8, 1024];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_EveryFloat_InPlace()
    {
        byte[] half = MemoryMarshal.AsBytes<Half>([.. s_six.Select(value => (Half)value)]).ToArray();
        byte[] brain = MemoryMarshal.AsBytes<ushort>([.. s_six.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))]).ToArray();
        byte[] twice = MemoryMarshal.AsBytes<double>([.. s_six.Select(value => (double)value)]).ToArray();
        var tensors = Open(new OnnxBuilder().Tensor("a", [2, 3], s_six).Raw("b", 10, [2, 3], half).Raw("c", 16, [2, 3], brain)
            .Raw("d", 11, [6], twice)
            .Add(OnnxBuilder.Header("e", 1, [3, 2]).Bytes(4, MemoryMarshal.AsBytes<float>(s_six))) // float_data
            .Add(OnnxBuilder.Header("f", 11, [6]).Bytes(10, twice))); // double_data
        Assert.Equal([ElementType.F32, ElementType.F16, ElementType.BF16, ElementType.F64, ElementType.F32, ElementType.F64],
            tensors.Tensors.Select(t => t.Type));
        foreach (var tensor in tensors.Tensors)
            Assert.Equal(s_six, tensors.Read(tensor.Name));
        Assert.Equal("ONNX", tensors.Contents.Format);
        Assert.Equal(("8", "pytorch", "2.1.0", "14"), (Said("ir_version"), Said("producer"), Said("producer_version"), Said("opset")));

        string Said(string key) => tensors.Contents.Metadata[key];
    }

    [Fact]
    public void Read_ConstantNodes_AreTensorsWhereTheyHoldWeights()
    {
        var weight = OnnxBuilder.Of("", 1, [2, 3], s_six);
        var number = OnnxBuilder.Of("", 1, [], [2f]);
        var tensors = Open(new OnnxBuilder().Node("Constant", "", [], "w", OnnxBuilder.Value(weight))
            .Node("Constant", "", [], "two", OnnxBuilder.Value(number)).Integers("shape", 1, 2));
        Assert.Equal(["w", "shape"], tensors.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(s_six, tensors.Read("w"));
    }

    [Theory]
    [InlineData("ints", "I64 elements")]
    [InlineData("halves as numbers", "list of numbers")]
    [InlineData("floats one by one", "list of numbers")]
    [InlineData("no data", "no elements")]
    [InlineData("text", "text")]
    [InlineData("int4", "int4")]
    [InlineData("type 99", "type 99")]
    [InlineData("elsewhere", "weights.bin, which is not beside the model")]
    public void Read_WhatCannotBeRead_IsListedAndSaysWhy(string name, string reason)
    {
        var unpacked = OnnxBuilder.Header("floats one by one", 1, [2]);
        foreach (float value in new[] { 1f, 2f })
            unpacked = Fixed(unpacked, 4, value);
        var tensors = Open(new OnnxBuilder().Integers("ints", 1, 2)
            .Add(OnnxBuilder.Header("halves as numbers", 10, [2]).Packed(5, 0x3C00, 0x4000)).Add(unpacked)
            .Add(OnnxBuilder.Header("no data", 1, [2])).Add(OnnxBuilder.Header("text", 8, [1]).Text(6, "a"))
            .Raw("int4", 22, [2], [0x12]).Raw("type 99", 99, [1], [0]).Add(External("elsewhere", [2], "weights.bin", null, null)));
        Assert.Equal(8, tensors.Tensors.Count);
        var error = Assert.Throws<CheckpointException>(() => tensors.Read(name));
        Assert.Equal(name, error.Entry);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ExternalData_ByOffsetAndLength()
    {
        File.WriteAllBytes(_folder.PathOf("model.onnx_data"), [0, 0, 0, 0, .. MemoryMarshal.AsBytes<float>(s_six)]);
        var tensors = Open(new OnnxBuilder().Add(External("a", [2, 3], "model.onnx_data", "4", "24"))
            .Add(External("b", [1], "model.onnx_data", null, null)));
        Assert.Equal(s_six, tensors.Read("a"));
        Assert.Equal([0f], tensors.Read("b"));
        Assert.EndsWith("model.onnx_data", tensors.Tensors[0].File, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../model.onnx_data", "0", "24", "no file name")]
    [InlineData("/etc/passwd", "0", "24", "no file name")]
    [InlineData("sub/data", "0", "24", "no file name")]
    [InlineData("C:data", "0", "24", "no file name")]
    [InlineData("..", "0", "24", "no file name")]
    [InlineData("", "0", "24", "no file name")]
    [InlineData("model.onnx_data", "8", "24", "do not lie in")]
    [InlineData("model.onnx_data", "9223372036854775807", "24", "do not lie in")]
    [InlineData("model.onnx_data", "-1", "24", "offset '-1'")]
    [InlineData("model.onnx_data", "0", "20", "20 bytes, not the 6 elements")]
    [InlineData("link", "0", "24", "a link to another folder")]
    public void Read_ExternalDataElsewhere_IsRefused(string location, string offset, string length, string reason)
    {
        using var other = new TemporaryFolder();
        File.WriteAllBytes(_folder.PathOf("model.onnx_data"), [0, 0, 0, 0, .. MemoryMarshal.AsBytes<float>(s_six)]);
        File.WriteAllBytes(other.PathOf("secret"), MemoryMarshal.AsBytes<float>(s_six).ToArray());
        File.CreateSymbolicLink(_folder.PathOf("link"), other.PathOf("secret"));
        var error = Assert.Throws<CheckpointException>(() => Open(new OnnxBuilder().Add(External("a", [2, 3], location, offset, length))));
        Assert.Equal("a", error.Entry);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ExternalDataInAHubsCache_IsFoundWhereTheModelLies()
    {
        using var blobs = new TemporaryFolder();
        File.WriteAllBytes(blobs.PathOf("1"), new OnnxBuilder().Add(External("a", [2, 3], "model.onnx_data", "0", "24")).ToArray());
        File.WriteAllBytes(blobs.PathOf("2"), MemoryMarshal.AsBytes<float>(s_six).ToArray());
        File.CreateSymbolicLink(_folder.PathOf("model.onnx"), blobs.PathOf("1"));
        File.CreateSymbolicLink(_folder.PathOf("model.onnx_data"), blobs.PathOf("2"));
        Assert.Equal(s_six, CheckpointTensors.Open(_folder.PathOf("model.onnx")).Read("a"));
    }

    [Theory]
    [InlineData("MatMulInteger", "/encoder/layer.0/attention/self/query/MatMul_quant")]
    [InlineData("DequantizeLinear", "/encoder/layer.0/attention/self/query/MatMul")]
    [InlineData("MatMulNBits", "/encoder/layer.0/attention/self/query/MatMul_Q4")]
    public void Read_QuantisedWeight_HasItsNameAndSaysSo(string op, string node)
    {
        var model = new OnnxBuilder().Raw("w_quantized", OnnxBuilder.Int8, [4, 2], new byte[8]).Tensor("scale", [1]);
        if (op == "DequantizeLinear")
            model.Node(op, "", ["w_quantized", "scale"], "w").Node("MatMul", node, ["x", "w"], "y");
        else if (op == "MatMulInteger")
            model.Node(op, node, ["x8", "w_quantized"], "y");
        else
            model.Node(op, node, ["x", "w_quantized", "scale"], "y", OnnxBuilder.Number("K", 4), OnnxBuilder.Number("N", 2));
        var tensors = Open(model);
        var tensor = tensors.Tensors.Single(t => t.Name == "encoder.layer.0.attention.self.query.weight");
        Assert.Equal([2, 4], tensor.Shape);
        var error = Assert.Throws<CheckpointException>(() => tensors.Read(tensor.Name));
        Assert.Contains($"it is quantised ({op})", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 tensors are quantised and cannot be read", tensors.Contents.Notes);
    }

    [Fact]
    public void Read_QuantisedEmbedding_HasItsNameAndSaysSo()
    {
        const string Table = "embeddings.word_embeddings.weight";
        var tensors = Open(new OnnxBuilder().Raw(Table + "_quantized", OnnxBuilder.Int8, [3, 2], new byte[6])
            .Node("Gather", "/embeddings/word_embeddings/Gather_quant", [Table + "_quantized", "input_ids"], "x"));
        Assert.Contains("quantised", Assert.Throws<CheckpointException>(() => tensors.Read(Table)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a number of 11 bytes", "more than 10 bytes")]
    [InlineData("a length past the end", "ends before")]
    [InlineData("a length of 2^62", "4611686018427387904 bytes")]
    [InlineData("a number cut short", "ends within a number")]
    [InlineData("a group", "wire type 3")]
    [InlineData("field 0", "number 0")]
    [InlineData("text for a graph", "no message in field 7")]
    [InlineData("two graphs", "two graphs")]
    [InlineData("no graph", "no graph")]
    [InlineData("broken text", "not UTF-8")]
    [InlineData("nested", "8 graphs deep")]
    [InlineData("dimensions", "more than 32 dimensions")]
    [InlineData("negative size", "[-1]")]
    [InlineData("too long", "not the 1000000000000 elements")]
    [InlineData("overflow", "bytes, not the")]
    [InlineData("twice", "occurs twice")]
    public void Read_HostileBytes_AreRefused(string kind, string reason)
    {
        byte[] bytes = Hostile(kind);
        var file = _folder.PathOf("model.onnx");
        File.WriteAllBytes(file, bytes);
        var error = Assert.Throws<CheckpointException>(() => kind switch
        {
            "twice" => CheckpointTensors.Open(file),
            _ => (object)OnnxReader.Open(ReadOnlyFile.Open(file)),
        });
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(file, error.File);
    }

    private static byte[] Hostile(string kind)
    {
        ProtobufBytes Model() => new ProtobufBytes().Number(1, 8);
        byte[] Start(params byte[] more) => [.. Model().ToArray(), .. more];
        byte[] Tensor(params long[] shape) => new OnnxBuilder().Raw("t", 1, shape, new byte[8]).ToArray();
        switch (kind)
        {
            case "a number of 11 bytes": return Start([0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
            case "a length past the end": return Start(0x3A, 100, 1);
            case "a length of 2^62": return [.. Start(0x3A), .. Enumerable.Repeat((byte)0x80, 8), 0x40];
            case "a number cut short": return Start(0x28, 0x80);
            case "a group": return Start(0x3B);
            case "field 0": return Start(0x00, 0x00);
            case "text for a graph": return Model().Number(7, 3).ToArray();
            case "two graphs": return Model().Message(7, new()).Message(7, new()).ToArray();
            case "no graph": return Model().Text(2, "pytorch").ToArray();
            case "broken text": return Model().Message(7, new ProtobufBytes().Message(5, new ProtobufBytes().Bytes(8, [0xFF]))).ToArray();
            case "dimensions": return Tensor([.. Enumerable.Repeat(1L, 33)]);
            case "negative size": return Tensor(-1);
            case "too long": return Tensor(1_000_000_000_000);
            case "overflow": return Tensor(1L << 40, 1L << 40, 1L << 40);
            case "twice": return new OnnxBuilder().Tensor("t", [1]).Tensor("t", [1]).ToArray();
        }
        var graph = new ProtobufBytes();
        for (int depth = 0; depth < 9; depth++)
        {
            var branch = new ProtobufBytes().Message(6, graph);
            graph = new ProtobufBytes().Message(1, new ProtobufBytes().Text(2, "y").Text(4, "If").Message(5, branch));
        }
        return Model().Message(7, graph).ToArray();
    }

    private static ProtobufBytes Fixed(ProtobufBytes message, int field, float value)
    {
        message.Varint(((ulong)field << 3) | 5);
        foreach (byte b in BitConverter.GetBytes(value))
            message.Byte(b);
        return message;
    }

    private static ProtobufBytes External(string name, long[] shape, string location, string? offset, string? length)
    {
        var tensor = OnnxBuilder.Header(name, 1, shape).Entry(13, "location", location);
        if (offset is not null)
            tensor.Entry(13, "offset", offset);
        if (length is not null)
            tensor.Entry(13, "length", length);
        return tensor.Number(14, 1);
    }

    private CheckpointTensors Open(OnnxBuilder model)
    {
        string path = _folder.PathOf("model.onnx");
        File.WriteAllBytes(path, model.ToArray());
        return CheckpointTensors.Open(path);
    }
}
