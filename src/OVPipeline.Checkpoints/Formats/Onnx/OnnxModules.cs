namespace OVPipeline.Checkpoints;

/// <summary>What names in an ONNX file tell of the modules that a model was made of.</summary>
internal static class OnnxModules
{
    private const string Weight = ".weight", Bias = ".bias", Fused = "/MatMulAddFusion";

    // The longest of published models have some 150 characters; a bound keeps what is made of them small.
    private const int LongestName = 256, MostScopes = 16;

    // transformers' Conv1D, which GPT-2 has for nn.Linear and which keeps its weights [in, out].
    private static readonly string[] s_conv1D = ["c_attn", "c_proj", "c_fc", "q_attn"];

    /// <summary>The module that a node was traced in, such as <c>encoder.layer.0.attention</c>; null where nothing says.</summary>
    public static string? Of(OnnxNode node)
    {
        if (Math.Max(node.Name.Length, node.Scopes?.Length / MostScopes ?? 0) > LongestName)
            return null;
        string path = node.Name;
        if (path.EndsWith(Fused, StringComparison.Ordinal)) // ONNX Runtime's optimizer appends it
            path = path[..^Fused.Length];
        if (path.StartsWith('/') && path.LastIndexOf('/') is > 0 and var end)
            return path[1..end].Replace('/', '.');
        return node.Scopes is { } scopes ? OfScopes(scopes) : null;
    }

    /// <summary>The module that a bias belongs to by its name; null for other names.</summary>
    public static string? OfBias(string? name) =>
        name?.Length <= LongestName && name.EndsWith(Bias, StringComparison.Ordinal) && !IsMade(name) ? name[..^Bias.Length] : null;

    /// <summary>Whether the exporter made a name up: <c>onnx::MatMul_788</c>, <c>927</c>, <c>val_12</c>, <c>/query/Constant</c>.</summary>
    public static bool IsMade(string name) =>
        name.Contains("::", StringComparison.Ordinal)
        || name.StartsWith('/')
        || name.StartsWith("val_", StringComparison.Ordinal)
        || name.StartsWith("_val_", StringComparison.Ordinal)
        || name.EndsWith(".MatMul.weight", StringComparison.Ordinal) // onnxruntime-genai
        || (!name.EndsWith(Weight, StringComparison.Ordinal) && !name.EndsWith(Bias, StringComparison.Ordinal) && IsOfAnOperation(name))
        || name.All(char.IsAsciiDigit);

    /// <summary>Whether two names differ by a prefix alone: one of them by modules that were wrapped around.</summary>
    public static bool AreOne(string a, string b) =>
        a == b || a.EndsWith("." + b, StringComparison.Ordinal) || b.EndsWith("." + a, StringComparison.Ordinal);

    /// <summary>Whether a layer keeps its weight [in, out], as it is multiplied (Conv1D), not [out, in] (nn.Linear).</summary>
    /// <param name="module">The layer.</param>
    /// <param name="product">Its product. What was a MatMul once is an nn.Linear, however its node is now called.</param>
    public static bool KeepsInputsFirst(string module, OnnxProduct product) =>
        s_conv1D.Contains(module[(module.LastIndexOf('.') + 1)..])
        && product is { Node.Op: "Gemm", Weight.Transposed: false }
        && !product.Node.Name.Contains("MatMul", StringComparison.Ordinal)
        && !product.Weight.Tensor.Name.Contains("MatMul", StringComparison.Ordinal);

    // A list as Python writes it: ['', 'encoder', ..., 'encoder.layer.0.attention.self.query', 'linear_3']. The last is the operation.
    private static string? OfScopes(string scopes)
    {
        string[] names = scopes.Trim('[', ']', ' ').Split(',', StringSplitOptions.TrimEntries);
        return names.Length > 1 && names[^2].Trim('\'', '"') is { Length: > 0 } module ? module : null;
    }

    // Attention_0_qkv_weight, MatMul_12_weight and the like: an operation, a number, and what follows.
    private static bool IsOfAnOperation(string name)
    {
        string[] parts = name.Split('_');
        return parts.Length > 1 && parts[0].Length > 0 && char.IsAsciiLetterUpper(parts[0][0]) && parts[1].All(char.IsAsciiDigit);
    }
}
