namespace OVPipeline.Checkpoints;

/// <summary>An operation of an ONNX graph (NodeProto), with the attributes that are asked about here.</summary>
/// <param name="Name">Its name; of PyTorch's exporters its path, such as <c>/encoder/layer.0/attention/self/query/MatMul</c>.</param>
/// <param name="Op">The operation.</param>
/// <param name="Inputs">The values it takes.</param>
/// <param name="Outputs">The values it gives.</param>
internal sealed record OnnxNode(string Name, string Op, string[] Inputs, string[] Outputs)
{
    /// <summary>Gemm: whether its second operand is transposed.</summary>
    public bool TransB { get; init; }

    /// <summary>Transpose: the order of dimensions.</summary>
    public long[]? Order { get; init; }

    /// <summary>Attention nodes: number of heads.</summary>
    public long? Heads { get; init; }

    /// <summary>MatMulNBits: rows and columns of the product's second operand, transposed; zero elsewhere.</summary>
    public (long Outputs, long Inputs) Packed { get; init; }

    /// <summary>The modules that it was traced in, as PyTorch's exporter since 2.5 says in the node's metadata.</summary>
    public string? Scopes { get; init; }

    /// <summary>An input, or the empty text.</summary>
    public string Input(int index) => index < Inputs.Length ? Inputs[index] : "";
}

/// <summary>What is read of an ONNX file: all operations and tensors, those of graphs within graphs too.</summary>
internal sealed class OnnxModel
{
    /// <summary>The operations, those of a graph in its order.</summary>
    public List<OnnxNode> Nodes { get; } = [];

    /// <summary>Initializers, and the values of Constant nodes.</summary>
    public List<OnnxTensor> Tensors { get; } = [];

    /// <summary>What the file says of itself: producer, opset, metadata_props.</summary>
    public Dictionary<string, string> Metadata { get; } = [];
}
