using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>Reads the messages of an ONNX file (onnx.proto): which fields are read is written out beside their numbers.</summary>
internal sealed class OnnxModelParser(string file)
{
    // Exporters nest loops and branches two or three deep.
    private const int DeepestGraph = 8;

    // A decoder of 80 layers with its cache, written out op by op, has some 30,000 nodes and 1,000 tensors.
    private const int MostNodes = 1 << 20, MostTensors = 1 << 18;

    private const int MostDimensions = 32, MostNumbers = 16, MostMetadata = 256, LongestMetadata = 4096;

    private readonly OnnxModel _model = new();
    private bool _hasGraph;

    /// <summary>Reads a ModelProto.</summary>
    /// <exception cref="CheckpointException">It is not sound.</exception>
    public OnnxModel Parse(ReadOnlySpan<byte> bytes)
    {
        var model = new ProtobufReader(bytes, 0, file);
        while (model.Next())
        {
            switch (model.Field)
            {
                case 1:
                    _model.Metadata["ir_version"] = model.Number().ToString(CultureInfo.InvariantCulture);
                    break;
                case 2:
                    Say("producer", model);
                    break;
                case 3:
                    Say("producer_version", model);
                    break;
                case 7:
                    if (_hasGraph)
                        throw model.Bad("holds two graphs");
                    _hasGraph = true;
                    Graph(model.Message(), 0);
                    break;
                case 8:
                    Opset(model.Message());
                    break;
                case 14:
                    if (Entry(model.Message()) is (string key, string value))
                        Say(key, value);
                    break;
            }
        }
        return _hasGraph ? _model : throw model.Bad("holds no graph");
    }

    private void Say(string key, ProtobufReader field) => Say(key, field.Text());

    private void Say(string key, string value)
    {
        if (_model.Metadata.Count < MostMetadata && key.Length + value.Length <= LongestMetadata && value.Length > 0)
            _model.Metadata[key] = value;
    }

    private void Opset(ProtobufReader opset)
    {
        string domain = "";
        long version = 0;
        while (opset.Next())
        {
            if (opset.Field == 1)
                domain = opset.Text();
            else if (opset.Field == 2)
                version = opset.Number();
        }
        Say(domain.Length == 0 ? "opset" : $"opset {domain}", version.ToString(CultureInfo.InvariantCulture));
    }

    // GraphProto: node 1, initializer 5. Sparse initializers, inputs, outputs and shapes of values are not read.
    private void Graph(ProtobufReader graph, int depth)
    {
        if (depth > DeepestGraph)
            throw graph.Bad($"is nested more than {DeepestGraph} graphs deep");
        while (graph.Next())
        {
            if (graph.Field == 1)
                Node(graph.Message(), depth);
            else if (graph.Field == 5)
                Add(Tensor(graph.Message(), null) with { Nested = depth > 0 }, graph);
        }
    }

    // NodeProto: input 1, output 2, name 3, op_type 4, attribute 5, metadata_props 9.
    private void Node(ProtobufReader message, int depth)
    {
        List<string> inputs = [], outputs = [];
        var node = new OnnxNode("", "", [], []);
        OnnxTensor? value = null;
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1:
                    inputs.Add(message.Text());
                    break;
                case 2:
                    outputs.Add(message.Text());
                    break;
                case 3:
                    node = node with { Name = message.Text() };
                    break;
                case 4:
                    node = node with { Op = message.Text() };
                    break;
                case 5:
                    (node, value) = Attribute(message.Message(), node, value, depth);
                    break;
                case 9 when Entry(message.Message()) is ("pkg.torch.onnx.name_scopes", string scopes):
                    node = node with { Scopes = scopes };
                    break;
            }
        }
        if (outputs.Count == 0)
            return;
        if (node.Op == "Constant" && value is not null)
        {
            Add(value with { Name = outputs[0], Constant = true, Nested = depth > 0 }, message);
            return;
        }
        if (_model.Nodes.Count >= MostNodes)
            throw message.Bad($"is one of more than {MostNodes} nodes");
        _model.Nodes.Add(node with { Inputs = [.. inputs], Outputs = [.. outputs] });
    }

    // AttributeProto: name 1, i 3, t 5, g 6, ints 8, graphs 11. The name may come last.
    private (OnnxNode Node, OnnxTensor? Value) Attribute(ProtobufReader attribute, OnnxNode node, OnnxTensor? value, int depth)
    {
        string name = "";
        long number = 0;
        List<long> numbers = [];
        OnnxTensor? tensor = null;
        while (attribute.Next())
        {
            switch (attribute.Field)
            {
                case 1:
                    name = attribute.Text();
                    break;
                case 3:
                    number = attribute.Number();
                    break;
                case 5:
                    tensor = Tensor(attribute.Message(), "");
                    break;
                case 6 or 11:
                    Graph(attribute.Message(), depth + 1);
                    break;
                case 8 when numbers.Count <= MostNumbers:
                    attribute.TryNumbers(numbers, MostNumbers);
                    break;
            }
        }
        long[] list = [.. numbers];
        return name switch
        {
            "transB" => (node with { TransB = number != 0 }, value),
            "perm" => (node with { Order = list }, value),
            "num_heads" => (node with { Heads = number }, value),
            "N" => (node with { Packed = (number, node.Packed.Inputs) }, value),
            "K" => (node with { Packed = (node.Packed.Outputs, number) }, value),
            "value" => (node, tensor),
            "value_int" => (node, Numbers([number])),
            "value_ints" when list.Length <= MostNumbers => (node, Numbers(list)),
            _ => (node, value),
        };

        static OnnxTensor Numbers(long[] list) => new("", OnnxTypes.Int64, [list.Length]) { Numbers = list };
    }

    // TensorProto: dims 1, data_type 2, float_data 4, int32_data 5, string_data 6, int64_data 7, name 8, raw_data 9, double_data 10,
    // uint64_data 11, external_data 13, data_location 14.
    private static OnnxTensor Tensor(ProtobufReader message, string? name)
    {
        List<long> shape = [], numbers = [];
        Dictionary<string, string> external = [];
        int type = 0;
        bool elsewhere = false, isShort = true;
        (OnnxStorage Storage, long Offset, long Length) lies = default;
        byte[] raw = [];
        while (message.Next())
        {
            switch (message.Field)
            {
                case 1:
                    if (!message.TryNumbers(shape, MostDimensions))
                        throw message.Bad($"is a tensor of more than {MostDimensions} dimensions");
                    break;
                case 2:
                    type = message.Number() is >= 0 and <= int.MaxValue and var number ? (int)number : -1;
                    break;
                case 4 or 10 when message.Wire == 2:
                case 9:
                    bool isFirst = lies.Storage == OnnxStorage.None;
                    lies = (isFirst ? OnnxStorage.Here : OnnxStorage.Scattered, message.Offset, message.Bytes.Length);
                    raw = message is { Field: 9, Bytes.Length: <= MostNumbers * 8 } ? message.Bytes.ToArray() : [];
                    break;
                case 5 or 7:
                    lies = (OnnxStorage.Scattered, 0, 0);
                    isShort = isShort && message.TryNumbers(numbers, MostNumbers);
                    break;
                case 4 or 6 or 10 or 11:
                    lies = (OnnxStorage.Scattered, 0, 0);
                    break;
                case 8:
                    name ??= message.Text();
                    break;
                case 13 when Entry(message.Message()) is (string key, string text):
                    if (external.Count < MostNumbers)
                        external[key] = text;
                    break;
                case 14:
                    elsewhere = message.Number() == 1;
                    break;
            }
        }
        bool isList = isShort && type is OnnxTypes.Int32 or OnnxTypes.Int64 && shape.Count <= 1;
        long[] values = numbers.Count > 0 ? [.. numbers] : [.. ProtobufReader.Fixed(raw, type == OnnxTypes.Int64 ? 8 : 4)];
        return new(name ?? "", type, [.. shape])
        {
            Storage = elsewhere ? OnnxStorage.Elsewhere : lies.Storage,
            Offset = lies.Offset,
            Length = lies.Length,
            External = elsewhere ? external : null,
            Numbers = isList && values.Length > 0 && !elsewhere ? values : null,
        };
    }

    // StringStringEntryProto: key 1, value 2.
    private static (string Key, string Value) Entry(ProtobufReader entry)
    {
        string key = "", value = "";
        while (entry.Next())
        {
            if (entry.Field == 1)
                key = entry.Text();
            else if (entry.Field == 2)
                value = entry.Text();
        }
        return (key, value);
    }

    private void Add(OnnxTensor tensor, ProtobufReader at)
    {
        if (_model.Tensors.Count >= MostTensors)
            throw at.Bad($"holds more than {MostTensors} tensors");
        _model.Tensors.Add(tensor);
    }
}
