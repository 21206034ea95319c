using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>A way to name and lay out a transformer's tensors.</summary>
internal abstract class WeightLayout
{
    private const int MostNamed = 12;

    /// <summary>Every layout that is known, in the order in which they are tried.</summary>
    public static IReadOnlyList<WeightLayout> All { get; } =
    [
        new TransformerLensLayout(), new Gpt2Layout(), new GptNeoXLayout(), new BloomLayout(), new OptLayout(),
        new LlamaLayout(), new MistralLayout(), new QwenLayout(), new GemmaLayout(),
        new BertLayout(),
    ];

    /// <summary>What messages and reports call the layout.</summary>
    public abstract string Name { get; }

    /// <summary>A tensor that models of this layout have, perhaps after a prefix.</summary>
    public abstract string Mark { get; }

    /// <summary>Whether a checkpoint is of this layout, by its names and its model type.</summary>
    public abstract bool Matches(CheckpointParts parts);

    /// <summary>The model's sizes, from its configuration or from its shapes.</summary>
    /// <exception cref="CheckpointException">A size is missing or impossible.</exception>
    public abstract TransformerConfig Configure(CheckpointParts parts);

    /// <summary>A tensor that every layer has; one more layer than the configuration says is an error.</summary>
    public abstract string LayerMark(CheckpointParts parts, int layer);

    /// <summary>What was done to the weights as stored, and what of the model they leave out.</summary>
    public virtual IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) => [];

    /// <summary>
    /// Where a weight lies, in the shape that <see cref="WeightKind"/> documents, or null where the model has none of the kind.
    /// </summary>
    /// <exception cref="CheckpointException">A tensor is missing or of the wrong shape.</exception>
    public abstract TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head);

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
