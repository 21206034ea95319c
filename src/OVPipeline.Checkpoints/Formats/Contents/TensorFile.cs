namespace OVPipeline.Checkpoints;

/// <summary>What a file of tensors holds, as its format's reader gives it: the tensors, and what the file says beside them.</summary>
/// <param name="Format">What messages and reports call the format, such as <c>safetensors</c>.</param>
/// <param name="Tensors">The tensors, in the file's order. One that cannot be read says why when its elements are asked for.</param>
internal sealed record TensorFile(string Format, IReadOnlyList<StoredTensor> Tensors)
{
    /// <summary>The entry of <see cref="Metadata"/> for the number of heads, where a graph in the file shows it (ONNX).</summary>
    public const string Heads = "num_attention_heads";

    /// <summary>What the file says of itself, by name: safetensors' <c>__metadata__</c>, say. Empty where it says nothing.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The model's configuration where the file itself has one (GGUF), in the terms of config.json; else null.</summary>
    public ModelConfigFile? Config { get; init; }

    /// <summary>
    /// Whether <see cref="Config"/> is a part of the format, and not a find among the settings of a training run, before which a
    /// config.json beside the file goes, and which is left off where it does not fit the weights.
    /// </summary>
    public bool IsConfigCertain { get; init; } = true;

    /// <summary>
    /// The model's tokenizer where the file itself has one (GGUF), made when it is asked for with the rows of W_E; else null.
    /// </summary>
    public Func<int, CheckpointTokens>? Tokens { get; init; }

    /// <summary>What of the file was left off or taken for something else, a clause each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
