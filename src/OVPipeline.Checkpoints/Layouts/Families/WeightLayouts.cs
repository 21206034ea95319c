namespace OVPipeline.Checkpoints;

/// <summary>The layouts that are known.</summary>
internal static class WeightLayouts
{
    private const int MostNamed = 12;

    /// <summary>Every layout, in the order in which they are tried.</summary>
    public static IReadOnlyList<WeightLayout> All { get; } =
    [
        new TransformerLensLayout(), new Gpt2Layout(), new GptNeoXLayout(), new BloomLayout(), new OptLayout(),
        new LlamaLayout(), new MistralLayout(), new QwenLayout(), new GemmaLayout(),
        new BertLayout(), new GgufLayout(),
    ];

    /// <summary>The layout of a checkpoint.</summary>
    /// <exception cref="CheckpointException">None fits; the message lists the names found and the layouts known.</exception>
    public static WeightLayout Of(CheckpointParts parts)
    {
        if (All.FirstOrDefault(layout => layout.Matches(parts)) is { } fitting)
            return fitting;
        string names = string.Join(", ", parts.Tensors.Tensors.Take(MostNamed).Select(tensor => tensor.Name));
        string more = parts.Tensors.Tensors.Count > MostNamed ? ", ..." : "";
        string known = string.Join("; ", All.Select(layout => $"{layout.Name} ({layout.Mark})"));
        throw new CheckpointException(parts.Tensors.File, null,
            $"the tensors' layout is not known (model_type {parts.Config?.ModelType ?? "not given"}). Names found: {names}{more}. "
            + $"Layouts known: {known}.");
    }
}
