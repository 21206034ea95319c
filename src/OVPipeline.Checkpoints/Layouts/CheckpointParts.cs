namespace OVPipeline.Checkpoints;

/// <summary>What a layout makes a model from.</summary>
/// <param name="Name">What to call the model where its configuration does not say.</param>
/// <param name="Tensors">Its tensors.</param>
/// <param name="Config">Its configuration, where the checkpoint has one.</param>
internal sealed record CheckpointParts(string Name, CheckpointTensors Tensors, ModelConfigFile? Config)
{
    /// <summary>How positions enter, where the caller said it; else null.</summary>
    public string? Positions { get; init; }

    /// <summary>The configuration, for layouts whose tensors alone do not tell the sizes.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public ModelConfigFile RequireConfig(string layout) =>
        Config ?? throw new CheckpointException(Tensors.File, null,
            $"holds a {layout} model, of which config.json tells the number of heads; there is none beside it.");

    /// <summary>A tensor that must be there, of a shape that follows from the sizes.</summary>
    /// <exception cref="CheckpointException">It is missing or has another shape.</exception>
    public TensorView View(string name, params long[] shape) => TryView(name, shape) ?? throw Tensors.Missing(name);

    /// <summary>A tensor of a shape that follows from the sizes, or null where there is none.</summary>
    /// <exception cref="CheckpointException">It has another shape.</exception>
    public TensorView? TryView(string name, params long[] shape)
    {
        if (Tensors.Find(name) is not { } tensor)
            return null;
        if (tensor.Info.Shape.SequenceEqual(shape))
            return tensor.View();
        string says = Config?.Path ?? "the other tensors";
        throw new CheckpointException(tensor.File.Path, name,
            $"has shape [{string.Join(", ", tensor.Info.Shape)}], but {says} make it [{string.Join(", ", shape)}].");
    }
}
