namespace OVPipeline.Checkpoints;

/// <summary>
/// Tensors under the names that the model has for them. Exporters multiply by a transposed copy of a linear layer's weight that has no name
/// of its own, and store equal tensors once: what a weight is called, and which of its sides are the outputs, is had back from the graph.
/// </summary>
/// <remarks>
/// The layer's name is the path of the node that multiplies (<c>/encoder/layer.0/attention/self/query/MatMul</c>), else that of the bias
/// that is added to the product (<c>encoder.layer.0.attention.self.query.bias</c>). Of the two the longer where they agree: paths leave out
/// what was wrapped around the part that was exported. Where they do not, the bias is one that several layers share, and the path is right.
/// </remarks>
internal sealed class OnnxNames
{
    private readonly Dictionary<string, StoredTensor> _stored;
    private readonly Dictionary<string, StoredTensor> _renamed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken;
    private readonly List<StoredTensor> _others = [];
    private readonly OnnxValues _values;
    private readonly string _prefix;

    /// <param name="model">The file.</param>
    /// <param name="values">What its graph makes of its tensors.</param>
    /// <param name="stored">Its tensors as they lie, by their own names.</param>
    public OnnxNames(OnnxModel model, OnnxValues values, IReadOnlyList<StoredTensor> stored)
    {
        _values = values;
        _stored = stored.ToDictionary(tensor => tensor.Info.Name, StringComparer.Ordinal);
        _taken = [.. _stored.Keys.Where(name => !OnnxModules.IsMade(name))];
        _prefix = Prefix(values.Products);
        foreach (var product in values.Products)
            Name(product);
        foreach (var node in model.Nodes)
            Name(node);
        foreach (var product in values.Products)
            if (product.Node.Op != "Attention" && values.Product(product.Node.Input(0)) is { Node.Op: "Attention" } attention)
                Split(attention, product);
        Tensors = [.. stored.Select(tensor => _renamed.GetValueOrDefault(tensor.Info.Name, tensor)), .. _others];
    }

    /// <summary>The tensors, in the file's order, and after them those that have a second name.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Weights that got a name back.</summary>
    public int Recovered { get; private set; }

    /// <summary>Products with weights that have no name that means anything.</summary>
    public int Nameless { get; private set; }

    /// <summary>The layer that a product is of, or null.</summary>
    public string? Module(OnnxProduct product)
    {
        string? bias = OnnxModules.OfBias(product.Bias?.Name);
        if (OnnxModules.Of(product.Node) is not { } path)
            return bias;
        return bias is not null && (bias == path || bias.EndsWith("." + path, StringComparison.Ordinal)) ? bias : _prefix + path;
    }

    // What the names of biases have before the paths of their nodes.
    private static string Prefix(IEnumerable<OnnxProduct> products)
    {
        foreach (var product in products)
            if (OnnxModules.Of(product.Node) is { } path
                && OnnxModules.OfBias(product.Bias?.Name) is { } bias
                && (bias == path || bias.EndsWith("." + path, StringComparison.Ordinal)))
                return bias[..^path.Length];
        return "";
    }

    private void Name(OnnxProduct product)
    {
        string own = product.Weight.Tensor.Name;
        if (product.Node.Op == "Attention" || !_stored.TryGetValue(own, out var stored))
            return;
        if (Module(product) is not { } module)
        {
            Nameless += OnnxModules.IsMade(own) ? 1 : 0;
            return;
        }
        if (product.Weight.Quantised is { } operation)
            stored = Quantised(stored, operation, product.Weight.Tensor.Shape);
        bool outputsFirst = product.Weight.Transposed;
        bool keeps = OnnxModules.KeepsInputsFirst(module, product);
        Set(own, $"{module}.weight", outputsFirst || keeps ? stored : Transposed(stored));
        if (product.Bias is { } bias)
            SetVector(bias.Name, $"{module}.bias");
    }

    // Embeddings and norms, whose tensors may be shared or nameless too.
    private void Name(OnnxNode node)
    {
        if (node.Op == "Gather" && _values.Operand(node.Input(0)) is { Tensor.Shape.Length: 2 } table)
            NameTable(node, table);
        if (OnnxModules.Of(node) is not { } path)
            return;
        switch (node.Op)
        {
            case "LayerNormalization" or "SimplifiedLayerNormalization" or "RMSNormalization":
                SetVector(node.Input(1), $"{_prefix}{path}.weight");
                SetVector(node.Input(2), $"{_prefix}{path}.bias");
                break;
            case "Mul" or "Add":
                string part = node.Op == "Mul" ? "weight" : "bias";
                SetVector(node.Input(0), $"{_prefix}{path}.{part}");
                SetVector(node.Input(1), $"{_prefix}{path}.{part}");
                break;
        }
    }

    private void NameTable(OnnxNode node, OnnxOperand table)
    {
        string own = table.Tensor.Name;
        if (!_stored.TryGetValue(own, out var stored))
            return;
        const string Mark = "_quantized";
        bool marked = own.EndsWith(Mark, StringComparison.Ordinal);
        if (marked || table.Quantised is not null)
            Rename(own, marked ? own[..^Mark.Length] : own, Quantised(stored, table.Quantised ?? "DequantizeLinear", table.Tensor.Shape));
        else if (table.Tensor.IsFloat && OnnxModules.Of(node) is { } path)
            Set(own, $"{_prefix}{path}.weight", stored);
    }

    /// <summary>
    /// Gives a tensor its name in the model. One that has such a name already keeps it, turned as the graph shows it where it is a layer's,
    /// and may be another module's too.
    /// </summary>
    private void Set(string own, string name, StoredTensor tensor)
    {
        if (OnnxModules.IsMade(own) || own.EndsWith("_quantized", StringComparison.Ordinal))
            Rename(own, name, tensor);
        else if (OnnxModules.AreOne(own, name))
            Rename(own, own, tensor);
        else if (own.EndsWith(".weight", StringComparison.Ordinal) && _taken.Add(name))
            _others.Add(Called(tensor, name));
    }

    // Gains and biases lie as they are.
    private void SetVector(string value, string name)
    {
        if (_values.Operand(value)?.Tensor is not { IsVector: true } vector || !_stored.TryGetValue(vector.Name, out var stored))
            return;
        if (OnnxModules.IsMade(vector.Name))
            Rename(vector.Name, name, stored);
        else if (vector.Name.EndsWith(name[name.LastIndexOf('.')..], StringComparison.Ordinal)
            && !OnnxModules.AreOne(vector.Name, name) && _taken.Add(name))
            _others.Add(Called(stored, name));
    }

    private void Rename(string own, string name, StoredTensor tensor)
    {
        if (_renamed.TryGetValue(own, out var before))
        {
            if (before.Info.Name != name && _taken.Add(name)) // shared by several modules
                _others.Add(Called(tensor, name));
            return;
        }
        if (name != own && !_taken.Add(name))
            return; // a second copy of what has its name already
        _renamed[own] = Called(tensor, name);
        Recovered += name == own ? 0 : 1;
    }

    /// <summary>
    /// The three projections that ONNX Runtime's optimizer made one of, [d_model, queries then keys then values], under their own names:
    /// those of the output projection's neighbours.
    /// </summary>
    private void Split(OnnxProduct attention, OnnxProduct output)
    {
        string own = attention.Weight.Tensor.Name;
        if (Module(output) is not { } module || Neighbours(module) is not { } names)
        {
            Nameless++;
            return;
        }
        if (!_stored.TryGetValue(own, out var weight) || attention.Outputs % 3 != 0)
            return;
        long rows = weight.Info.Shape[0];
        long columns = attention.Outputs / 3;
        for (int i = 0; i < 3; i++)
        {
            if (_taken.Add($"{names[i]}.weight"))
                _others.Add(Part(weight, $"{names[i]}.weight", [columns, rows], [1, 3 * columns], i * columns));
            if (attention.Bias is { } bias && _stored.TryGetValue(bias.Name, out var vector) && _taken.Add($"{names[i]}.bias"))
                _others.Add(Part(vector, $"{names[i]}.bias", [columns], [1], i * columns));
        }
        Recovered++;
    }

    private static string[]? Neighbours(string output)
    {
        (string Ending, string[] Names)[] families =
        [
            (".output.dense", [".self.query", ".self.key", ".self.value"]), (".out_lin", [".q_lin", ".k_lin", ".v_lin"]),
            (".out_proj", [".q_proj", ".k_proj", ".v_proj"]), (".o_proj", [".q_proj", ".k_proj", ".v_proj"]),
        ];
        var family = Array.Find(families, family => output.EndsWith(family.Ending, StringComparison.Ordinal));
        return family.Names is null ? null : [.. family.Names.Select(name => output[..^family.Ending.Length] + name)];
    }

    private static StoredTensor Part(StoredTensor whole, string name, long[] shape, long[] strides, long first) =>
        whole with
        {
            Info = new(name, whole.Info.Type, shape, whole.Info.File),
            Strides = strides,
            Offset = whole.Offset + (first * whole.Info.Type.Size()),
        };

    private static StoredTensor Called(StoredTensor tensor, string name) => tensor with { Info = tensor.Info with { Name = name } };

    private static StoredTensor Transposed(StoredTensor tensor) => tensor with
    {
        Info = tensor.Info with { Shape = [.. tensor.Info.Shape.Reverse()] },
        Strides = [.. tensor.Strides.Reverse()],
    };

    private static StoredTensor Quantised(StoredTensor tensor, string operation, long[] shape) => tensor with
    {
        Info = new(tensor.Info.Name, tensor.Info.Type, shape, tensor.Info.File),
        Strides = StoredTensor.ContiguousStrides(shape),
        Unreadable = $"it is quantised ({operation}), which is not read here; take the model's file in F32 or F16.",
    };
}
