using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>A way to name and lay out a transformer's tensors. <see cref="WeightLayouts"/> has those that are known.</summary>
internal abstract class WeightLayout
{
    /// <summary>What messages and reports call the layout.</summary>
    public abstract string Name { get; }

    /// <summary>A tensor that models of this layout have, perhaps after a prefix.</summary>
    public abstract string Mark { get; }

    /// <summary>The tensors by which models of this layout are found in a file, each perhaps after a prefix.</summary>
    public virtual IReadOnlyList<string> Marks => [Mark];

    /// <summary>What may come before the marks in the model's own names, the usual first.</summary>
    public virtual IReadOnlyList<string> OwnPrefixes => [""];

    /// <summary>The values of <c>model_type</c> in config.json that have this layout; none where it is known by its tensors.</summary>
    public virtual IReadOnlyList<string> ModelTypes => [];

    /// <summary>Whether models of this layout differ in how positions enter, so that it can be said of one.</summary>
    public virtual bool LeavesPositionsOpen => false;

    /// <summary>Whether nothing said how positions enter, so that what the configuration has is an assumption.</summary>
    public virtual bool AssumesPositions(CheckpointParts parts) => false;

    /// <summary>Whether a checkpoint is of this layout, by its names and its model type.</summary>
    public abstract bool Matches(CheckpointParts parts);

    /// <summary>Whether a checkpoint's names alone are this layout's, whatever its model type.</summary>
    public virtual bool HasNames(CheckpointParts parts) => parts.Tensors.Contains(Mark);

    /// <summary>A tensor by which the layout is known and that a checkpoint lacks.</summary>
    public virtual string Missing(CheckpointParts parts) => Mark;

    /// <exception cref="CheckpointException">The caller said how positions enter, and the layout leaves no choice.</exception>
    public void RequireOpenPositions(CheckpointParts parts)
    {
        if (!LeavesPositionsOpen && parts.Positions is { } said)
            throw new CheckpointException(parts.Tensors.File, null,
                $"how positions enter is settled by its layout ({Name}); they cannot be said to be {said}.");
    }

    /// <summary>The model's sizes, from its configuration or from its shapes.</summary>
    /// <exception cref="CheckpointException">A size is missing or impossible.</exception>
    public abstract TransformerConfig Configure(CheckpointParts parts);

    /// <summary>A tensor that every layer has; one more layer than the configuration says is an error.</summary>
    public abstract string LayerMark(CheckpointParts parts, int layer);

    /// <summary>What was done to the weights as stored, and what of the model they leave out.</summary>
    public virtual IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) => [];

    /// <summary>
    /// What a forward pass needs, by what the layout itself knows and its tensors; <see cref="ConfigurationFields"/> adds what fields say.
    /// </summary>
    public virtual IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config) => FileNeeds.Of(parts, config, new());

    /// <summary>
    /// What a forward pass of the model needs to know; null where the layout does not tell it, so that the model is not run.
    /// </summary>
    /// <exception cref="CheckpointException">A field is missing or impossible.</exception>
    public virtual ForwardFacts? Forward(CheckpointParts parts, TransformerConfig config) => null;

    /// <summary>The values of <see cref="ModelTypes"/> of which there is a forward pass.</summary>
    public virtual IReadOnlyList<string> RunTypes => [];

    /// <summary>
    /// Where a weight lies, in the shape that <see cref="WeightKind"/> documents, or null where the model has none of the kind.
    /// </summary>
    /// <exception cref="CheckpointException">A tensor is missing or of the wrong shape.</exception>
    public abstract TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head);

    /// <summary>
    /// The projection between stored embeddings and a residual stream of another width, as it multiplies what <see cref="Map"/> gives:
    /// W_E from the right, [width, d_model], W_U from the left, [d_model, width]. Null where there is none.
    /// </summary>
    /// <exception cref="CheckpointException">A tensor is missing or of the wrong shape.</exception>
    public virtual TensorView? Projection(CheckpointParts parts, TransformerConfig config, WeightKind kind) => null;
}
