namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// A BERT of 2 layers, 2 heads, d_model 4 and 6 tokens as different exporters write it. The values of a weight belong to its name in the
/// model; exported transposed, they lie [in, out].
/// </summary>
internal static class OnnxBert
{
    public const int Layers = 2, Heads = 2, Width = 4, Inner = 3, Tokens = 6;

    /// <summary>What a linear layer's weight is, [out, in], whichever way it was written.</summary>
    public static float[] Linear(string name, int outputs, int inputs) => OnnxBuilder.Values(name, outputs, inputs);

    public static float[] Transposed(float[] values, int rows, int columns)
    {
        var turned = new float[values.Length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                turned[(j * rows) + i] = values[(i * columns) + j];
        return turned;
    }

    /// <summary>The embeddings and norms, which every exporter leaves their names.</summary>
    public static OnnxBuilder Start(string prefix = "")
    {
        var model = new OnnxBuilder().Tensor($"{prefix}embeddings.word_embeddings.weight", [Tokens, Width])
            .Tensor($"{prefix}embeddings.position_embeddings.weight", [5, Width]);
        foreach (string norm in Norms)
            model.Tensor($"{prefix}{norm}.weight", [Width]).Tensor($"{prefix}{norm}.bias", [Width]);
        return model.Node("Gather", "/embeddings/word_embeddings/Gather", [$"{prefix}embeddings.word_embeddings.weight", "input_ids"], "x");
    }

    public static IEnumerable<string> Norms => Enumerable.Range(0, Layers).SelectMany(layer => new[]
    {
        $"encoder.layer.{layer}.attention.output.LayerNorm", $"encoder.layer.{layer}.output.LayerNorm",
    }).Prepend("embeddings.LayerNorm");

    /// <summary>The layers' linear modules: name, outputs, inputs.</summary>
    public static IEnumerable<(string Module, int Outputs, int Inputs)> Modules()
    {
        for (int layer = 0; layer < Layers; layer++)
        {
            string at = $"encoder.layer.{layer}";
            foreach (string name in new[] { "query", "key", "value" })
                yield return ($"{at}.attention.self.{name}", Width, Width);
            yield return ($"{at}.attention.output.dense", Width, Width);
            yield return ($"{at}.intermediate.dense", Inner, Width);
            yield return ($"{at}.output.dense", Width, Inner);
        }
    }

    /// <summary>PyTorch up to 1.12: weights are numbers, nodes MatMul_7; only biases keep their names.</summary>
    public static OnnxBuilder Numbered(string prefix = "")
    {
        var model = Start(prefix);
        int number = 900;
        foreach (var (module, outputs, inputs) in Modules())
        {
            string weight = $"{number++}", product = $"p{number}", sum = $"s{number}";
            model.Tensor($"{prefix}{module}.bias", [outputs])
                .Tensor(weight, [inputs, outputs], Transposed(Linear($"{module}.weight", outputs, inputs), outputs, inputs))
                .Node("MatMul", $"MatMul_{number}", ["x", weight], product)
                .Node("Add", $"Add_{number}", [$"{prefix}{module}.bias", product], sum);
            if (module.EndsWith("query", StringComparison.Ordinal))
                Reshape(model, sum, $"r{number}");
        }
        return model;
    }

    /// <summary>PyTorch 1.13 and later: <c>onnx::MatMul_788</c>, and nodes called by their path.</summary>
    public static OnnxBuilder Paths(bool shareBiases = false)
    {
        var model = Start();
        int number = 700;
        foreach (var (module, outputs, inputs) in Modules())
        {
            string weight = $"onnx::MatMul_{number++}", path = "/" + string.Join('/', Segments(module));
            string bias = $"{module}.bias";
            if (shareBiases && outputs == Width)
                bias = "encoder.layer.0.attention.self.query.bias"; // of equal tensors PyTorch stores the first
            if (!shareBiases || outputs != Width || bias == $"{module}.bias")
                model.Tensor(bias, [outputs]);
            model.Tensor(weight, [inputs, outputs], Transposed(Linear($"{module}.weight", outputs, inputs), outputs, inputs))
                .Node("MatMul", $"{path}/MatMul", ["x", weight], $"{path}/MatMul_output_0")
                .Node("Add", $"{path}/Add", [bias, $"{path}/MatMul_output_0"], $"{path}/Add_output_0");
            if (module.EndsWith("query", StringComparison.Ordinal))
                model.Integers($"{path}/shape", 0, 0, Heads, Width / Heads)
                    .Node("Reshape", $"{path}/Reshape", [$"{path}/Add_output_0", $"{path}/shape"], $"{path}/Reshape_output_0");
        }
        return model;
    }

    /// <summary>PyTorch 2.5 and later (dynamo): names are kept, and a Transpose stands before the product.</summary>
    public static OnnxBuilder Kept()
    {
        var model = Start();
        int number = 0;
        foreach (var (module, outputs, inputs) in Modules())
        {
            model.Tensor($"{module}.weight", [outputs, inputs]).Tensor($"{module}.bias", [outputs])
                .Node("Transpose", $"node_t_{++number}", [$"{module}.weight"], $"val_{number}", OnnxBuilder.Numbers("perm", 1, 0))
                .Node("MatMul", $"node_MatMul_{number}", ["x", $"val_{number}"], $"mm_{number}")
                .Node("Add", $"node_linear_{number}", [$"mm_{number}", $"{module}.bias"], $"linear_{number}");
            if (module.EndsWith("query", StringComparison.Ordinal))
                model.Integers($"shape_{number}", 1, 3, -1, Width / Heads)
                    .Node("Reshape", $"node_view_{number}", [$"linear_{number}", $"shape_{number}"], $"view_{number}");
        }
        return model;
    }

    /// <summary>The same with its transposes computed beforehand, so that only the node's metadata tells the module.</summary>
    public static OnnxBuilder Scopes()
    {
        var model = Start();
        int number = 0;
        foreach (var (module, outputs, inputs) in Modules())
        {
            string scopes = $"['', 'encoder', '{module}', 'linear_{++number}']";
            var product = OnnxBuilder.NodeOf("MatMul", $"node_MatMul_{number}", ["x", $"val_{number}"], $"mm_{number}");
            model.Tensor($"val_{number}", [inputs, outputs], Transposed(Linear($"{module}.weight", outputs, inputs), outputs, inputs))
                .Tensor($"{module}.bias", [outputs])
                .Node(product.Entry(9, "pkg.torch.onnx.name_scopes", scopes))
                .Node("Identity", $"node_i_{number}", [$"{module}.bias"], $"b_{number}")
                .Node("Sum", $"node_sum_{number}", [$"mm_{number}", $"b_{number}"], $"linear_{number}"); // no Add: the bias does not tell
        }
        return model;
    }

    /// <summary>ONNX Runtime's optimizer: one Attention node of three projections, biases in the norm after the next.</summary>
    public static OnnxBuilder Fused()
    {
        var model = Start();
        for (int layer = 0; layer < Layers; layer++)
        {
            string at = $"encoder.layer.{layer}", weight = $"Attention_{layer}_qkv_weight", bias = $"Attention_{layer}_qkv_bias";
            string[] parts = [.. new[] { "query", "key", "value" }.Select(name => $"{at}.attention.self.{name}")];
            float[][] weights = [.. parts.Select(part => Transposed(Linear($"{part}.weight", Width, Width), Width, Width))];
            float[] packed =
            [
                .. Enumerable.Range(0, Width).SelectMany(row => weights.SelectMany(part => part[(row * Width)..((row + 1) * Width)])),
            ];
            float[] biases = [.. parts.SelectMany(part => OnnxBuilder.Values($"{part}.bias", Width))];
            string dense = $"{at}.attention.output.dense";
            model.Tensor(weight, [Width, 3 * Width], packed).Tensor(bias, [3 * Width], biases).Tensor($"{dense}.bias", [Width])
                .Tensor($"onnx::MatMul_{layer}", [Width, Width], Transposed(Linear($"{dense}.weight", Width, Width), Width, Width))
                .Node("Attention", $"Attention_{layer}", ["x", weight, bias, "mask"], $"a{layer}", OnnxBuilder.Number("num_heads", Heads))
                .Node("MatMul", $"MatMul_{layer}", [$"a{layer}", $"onnx::MatMul_{layer}"], $"o{layer}")
                .Node("SkipLayerNormalization", $"Skip_{layer}",
                    [$"o{layer}", "x", $"{at}.attention.output.LayerNorm.weight", $"{at}.attention.output.LayerNorm.bias", $"{dense}.bias"],
                    $"n{layer}");
        }
        return model;
    }

    private static void Reshape(OnnxBuilder model, string value, string result)
    {
        string heads = result + "h", width = result + "w";
        model.Integers(heads, Heads).Node("Constant", "", [], width,
                OnnxBuilder.Value(new ProtobufBytes().Packed(1, 1).Number(2, OnnxBuilder.Int64).Packed(7, Width / Heads)))
            .Node("Concat", $"Concat_{result}", ["batch", "sequence", heads, width], result + "s")
            .Node("Reshape", $"Reshape_{result}", [value, result + "s"], result);
    }

    // layer.0 is one segment of a path.
    private static IEnumerable<string> Segments(string module) =>
        System.Text.RegularExpressions.Regex.Split(module, @"\.(?!\d)");
}
