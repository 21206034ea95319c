namespace OVPipeline.Checkpoints;

/// <summary>
/// Which of a graph's values are tensors of the file under another name (through Identity, Cast, Transpose, DequantizeLinear), and which
/// are products of a linear layer (through its bias, Cast, Identity, Reshape).
/// </summary>
internal sealed class OnnxValues
{
    private readonly Dictionary<string, OnnxOperand> _operands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OnnxProduct> _products = new(StringComparer.Ordinal);

    public OnnxValues(OnnxModel model)
    {
        foreach (var tensor in model.Tensors)
            _operands.TryAdd(tensor.Name, new(tensor));
        foreach (var node in model.Nodes)
            Follow(node);
    }

    /// <summary>Every linear layer's product, in the graph's order.</summary>
    public List<OnnxProduct> Products { get; } = [];

    /// <summary>The tensor that a value is, or null.</summary>
    public OnnxOperand? Operand(string value) => _operands.GetValueOrDefault(value);

    /// <summary>The product that a value is, or null.</summary>
    public OnnxProduct? Product(string value) => _products.GetValueOrDefault(value);

    private void Follow(OnnxNode node)
    {
        string result = node.Outputs[0];
        switch (node.Op)
        {
            case "Identity" or "Cast" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten":
                if (node.Op is "Identity" or "Cast" && Operand(node.Input(0)) is { } same)
                    _operands.TryAdd(result, same);
                Pass(node.Input(0), result);
                break;
            case "Transpose" when Operand(node.Input(0)) is { Tensor.Shape.Length: 2 } turned && node.Order is null or [1, 0]:
                _operands.TryAdd(result, turned with { Transposed = !turned.Transposed });
                break;
            case "DequantizeLinear" when Operand(node.Input(0)) is { } quantised:
                _operands.TryAdd(result, quantised with { Quantised = node.Op });
                break;
            case "Mul" when Product(node.Input(0)) is { Weight.Quantised: not null }: // the scale of a product of whole numbers
                Pass(node.Input(0), result);
                break;
            case "Add":
                if (!AddBias(node.Input(0), node.Input(1), result))
                    AddBias(node.Input(1), node.Input(0), result);
                break;
            case "BiasGelu" or "FastGelu":
                AddBias(node.Input(0), node.Input(1), result);
                break;
            case "SkipLayerNormalization": // input, skip, gamma, beta, bias
                AddBias(node.Input(0), node.Input(4), null);
                AddBias(node.Input(1), node.Input(4), null);
                break;
            case "SkipSimplifiedLayerNormalization": // input, skip, gamma, bias
                AddBias(node.Input(0), node.Input(3), null);
                break;
            default:
                if (Linear(node) is { } product)
                {
                    Products.Add(product);
                    _products.TryAdd(result, product);
                }
                break;
        }
    }

    /// <summary>
    /// What a node multiplies by a matrix of the file. The matrix as the product takes it is [in, out]; it is the tensor as stored, or the
    /// tensor transposed.
    /// </summary>
    private OnnxProduct? Linear(OnnxNode node) => node.Op switch
    {
        "MatMul" or "FusedMatMul" => Of(node, false, null, null),
        "Gemm" => Of(node, node.TransB, node.Input(2), null),
        "MatMulInteger" => Of(node, false, null, node.Op),
        "DynamicQuantizeMatMul" => Of(node, false, node.Input(4), node.Op),
        "MatMulIntegerToFloat" => Of(node, false, node.Input(6), node.Op),
        "QLinearMatMul" => Of(node, false, null, node.Op, operand: 3),
        "QGemm" => Of(node, node.TransB, node.Input(6), node.Op, operand: 3),
        "MatMulNBits" or "MatMulBnb4" => Of(node, true, node.Input(5), node.Op),
        "Attention" => Of(node, false, node.Input(2), null),
        _ => null,
    };

    private OnnxProduct? Of(OnnxNode node, bool transposed, string? bias, string? quantised, int operand = 1)
    {
        if (Operand(node.Input(operand)) is not { } weight)
            return null;
        weight = weight with { Transposed = weight.Transposed != transposed, Quantised = weight.Quantised ?? quantised };
        if (node.Op is "MatMulNBits" or "MatMulBnb4" && node.Packed is ( > 0 and var outputs, > 0 and var inputs))
            weight = weight with { Tensor = weight.Tensor with { Shape = [outputs, inputs] } };
        if (weight.Tensor.Shape.Length != 2 || !(weight.Tensor.IsFloat || weight.Quantised is not null))
            return null;
        var product = new OnnxProduct(node, weight);
        if (bias is { Length: > 0 } && Operand(bias)?.Tensor is { } added && added.Shape is [var length] && length == product.Outputs)
            product.Bias = added;
        return product;
    }

    private void Pass(string from, string to)
    {
        if (Product(from) is { } product)
            _products.TryAdd(to, product);
    }

    private bool AddBias(string from, string bias, string? to)
    {
        if (Product(from) is not { } product
            || Operand(bias)?.Tensor is not { IsVector: true } added
            || added.Shape[0] != product.Outputs)
            return false;
        product.Bias ??= added;
        if (to is not null)
            _products.TryAdd(to, product);
        return true;
    }
}

/// <summary>A tensor as an operation takes it.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Transposed">Whether its transpose is taken.</param>
/// <param name="Quantised">The operation that makes numbers of its quantised elements; null where they are numbers.</param>
internal sealed record OnnxOperand(OnnxTensor Tensor, bool Transposed = false, string? Quantised = null);

/// <summary>A product <c>x W</c> with a matrix of the file, and its bias.</summary>
internal sealed record OnnxProduct(OnnxNode Node, OnnxOperand Weight)
{
    /// <summary>What is added to the product, one number for each output.</summary>
    public OnnxTensor? Bias { get; set; }

    /// <summary>Outputs of the layer.</summary>
    public long Outputs => Weight.Transposed ? Weight.Tensor.Shape[0] : Weight.Tensor.Shape[1];
}
