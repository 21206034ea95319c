using System.Runtime.InteropServices;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Writes small ONNX models as exporters do: one graph, its nodes and initializers in the order they are added.</summary>
internal sealed class OnnxBuilder
{
    private readonly List<ProtobufBytes> _nodes = [];
    private readonly List<ProtobufBytes> _tensors = [];

    public const int Float = 1, Int8 = 3, Int64 = 7, Half = 10, BFloat16 = 16;

    /// <summary>Numbers that are all different and belong to a name, so that no test mistakes one tensor for another.</summary>
    public static float[] Values(string name, params long[] shape)
    {
        int seed = name.Aggregate(17, (sum, letter) => (sum * 31) + letter) & 0xFFFF;
        int count = (int)shape.Aggregate(1L, (a, b) => a * b);
        return [.. Enumerable.Range(0, count).Select(i => (((seed + (i * 389)) % 4093) - 2046) / 1024f)];
    }

    /// <summary>An initializer of singles in raw_data.</summary>
    public OnnxBuilder Tensor(string name, long[] shape, float[]? values = null) =>
        Add(Of(name, Float, shape, values ?? Values(name, shape)));

    /// <summary>An initializer of any type.</summary>
    public OnnxBuilder Raw(string name, int type, long[] shape, byte[] raw) => Add(Header(name, type, shape).Bytes(9, raw));

    public OnnxBuilder Integers(string name, params long[] values) =>
        Raw(name, Int64, [values.Length], MemoryMarshal.AsBytes<long>(values).ToArray());

    public OnnxBuilder Add(ProtobufBytes tensor)
    {
        _tensors.Add(tensor);
        return this;
    }

    /// <summary>A node, with attributes made by <see cref="Number"/> and its like.</summary>
    public OnnxBuilder Node(string op, string name, string[] inputs, string output, params ProtobufBytes[] attributes)
    {
        _nodes.Add(NodeOf(op, name, inputs, output, attributes));
        return this;
    }

    public OnnxBuilder Node(ProtobufBytes node)
    {
        _nodes.Add(node);
        return this;
    }

    public static ProtobufBytes NodeOf(string op, string name, string[] inputs, string output, params ProtobufBytes[] attributes)
    {
        var node = new ProtobufBytes();
        foreach (string input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(3, name).Text(4, op);
        foreach (var attribute in attributes)
            node.Message(5, attribute);
        return node;
    }

    public static ProtobufBytes Number(string name, long value) => new ProtobufBytes().Text(1, name).Number(3, value).Number(20, 2);

    public static ProtobufBytes Numbers(string name, params long[] values) =>
        new ProtobufBytes().Text(1, name).Packed(8, values).Number(20, 7);

    public static ProtobufBytes Value(ProtobufBytes tensor) => new ProtobufBytes().Text(1, "value").Message(5, tensor).Number(20, 4);

    public static ProtobufBytes Header(string name, int type, long[] shape) =>
        new ProtobufBytes().Packed(1, shape).Number(2, type).Text(8, name);

    public static ProtobufBytes Of(string name, int type, long[] shape, float[] values) =>
        Header(name, type, shape).Bytes(9, MemoryMarshal.AsBytes<float>(values));

    public ProtobufBytes Graph()
    {
        var graph = new ProtobufBytes().Text(2, "main_graph");
        foreach (var node in _nodes)
            graph.Message(1, node);
        foreach (var tensor in _tensors)
            graph.Message(5, tensor);
        return graph;
    }

    public byte[] ToArray() => new ProtobufBytes().Number(1, 8).Text(2, "pytorch").Text(3, "2.1.0").Message(7, Graph())
        .Message(8, new ProtobufBytes().Text(1, "").Number(2, 14)).ToArray();
}
