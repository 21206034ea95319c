using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Holds a model's norms at the scales that they have on text.</summary>
public static class MeasuredNorms
{
    /// <summary>
    /// The model with its norms at the scales of training text, W_E read as the heads of the layer that holds the best copier read it:
    /// copiers are fitted through it and compared with that layer's heads. A model without norms as it is.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Where the text is, and how many blocks of it the scales are means over.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="ArgumentException">The model has no forward pass, or there is no text.</exception>
    /// <exception cref="InvalidOperationException">Copying is not defined in the model: it has no best copier.</exception>
    public static TransformerCheckpoint Hold(
        TransformerCheckpoint model, LaboratoryOptions options, CancellationToken cancellationToken) =>
        Hold(model, options, null, cancellationToken);

    /// <summary>The same, at the scales of a text that does not come from the options' folder.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How many blocks of it the scales are means over.</param>
    /// <param name="text">The text; null for the options' folder.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <inheritdoc cref="Hold(TransformerCheckpoint, LaboratoryOptions, CancellationToken)" path="/exception"/>
    public static TransformerCheckpoint Hold(
        TransformerCheckpoint model,
        LaboratoryOptions options,
        ModelText? text = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        model.Weights.Config.RequireCopying();
        if (model.Weights.Config.Normalization is null)
            return model;
        var forward = new ForwardModel(model, options.Forward with { CancellationToken = cancellationToken }, text);
        if (forward.Unavailable is { } why)
        {
            throw new ArgumentException(
                $"--norm-scales measured needs a forward pass and text: {why}. lone-embedding needs weights alone.");
        }
        var held = model.Weights.WithNormScales(forward.MeasureScales());
        return model.WithWeights(held.ReadBy(LayerOfBestHead(held, cancellationToken)));
    }

    // By what it ranks first, which no scale changes.
    private static int LayerOfBestHead(TransformerWeights weights, CancellationToken cancellationToken)
    {
        if (weights.Config.Layers == 1)
            return 0;
        return CopyingHeads.Find(weights, new() { MostPairs = 1, CancellationToken = cancellationToken }).BestHead.Heads[0].Layer;
    }
}
