using OVPipeline.Checkpoints;
using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Writes a model's files, in the format of the embedded model: TransformerLens' names and fields.</summary>
internal static class ModelFiles
{
    /// <summary>Writes them.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="stored">Its weights by name.</param>
    /// <param name="folder">Where.</param>
    /// <param name="metadata">Text fields for the weights' header.</param>
    /// <exception cref="InvalidOperationException">The format cannot say what the model computes.</exception>
    public static void Save(ModelShape shape, Func<string, Tensor> stored, string folder, IReadOnlyDictionary<string, string>? metadata)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var weights = WeightNames.All(shape).ToList();
        if (SaveObstacles.Of(shape).ToArray() is { Length: > 0 } reasons)
            throw Refused(shape, string.Join("; ", reasons));
        if (weights.FirstOrDefault(weight => IsShared(weight.Kind) && !HeadsAgree(stored(weight.Name))) is { Name: { } apart })
            throw Refused(shape, $"its {apart} are of each head, where one is of all");
        RequireMemory(shape);
        AtomicFile.RequireWritable(folder);
        SafetensorsTensor[] tensors = [.. weights.Select(weight => Tensor(weight.Name, weight.Kind))];
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors, ElementType.F32, metadata);
        byte[] json = SavedConfiguration.Of(shape);
        AtomicFile.Write(Path.Combine(folder, "config.json"), path => File.WriteAllBytes(path, json));

        SafetensorsTensor Tensor(string name, WeightKind kind)
        {
            using var scope = NewDisposeScope();
            var weight = IsShared(kind) ? stored(name).select(0, 0) : stored(name);
            return new(name, [.. weight.shape], ModuleWeights.Values(weight));
        }
    }

    private static InvalidOperationException Refused(ModelShape shape, string why) =>
        new($"{shape.Config.Name} cannot be saved in TransformerLens' names: {why}.");

    // Norms of queries and keys: one gain for all heads in the file, one for each here.
    private static bool IsShared(WeightKind kind) => kind is WeightKind.q_norm_w or WeightKind.k_norm_w;

    private static bool HeadsAgree(Tensor gains)
    {
        using var scope = NewDisposeScope();
        return gains.eq(gains.narrow(0, 0, 1)).all().item<bool>();
    }

    private static void RequireMemory(ModelShape shape)
    {
        long needed = WeightNames.All(shape).Sum(weight => 4 * shape.ShapeOf(weight.Kind).Aggregate(1L, (values, side) => values * side));
        if (needed > AvailableMemory.Bytes)
            throw new InsufficientMemoryException($"{shape.Config.Name} needs {WeightPlan.Text(needed)} to be saved, there are "
                + $"{WeightPlan.Text(AvailableMemory.Bytes)}.");
    }
}
