using System.Globalization;
using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Which of a model's weights are held, and what that takes.</summary>
/// <param name="HeldLayers">How many layers, from the first on, are held; the others are read at each pass.</param>
/// <param name="Bytes">Bytes of the weights that are in memory at once.</param>
internal sealed record WeightPlan(int HeldLayers, long Bytes)
{
    /// <summary>The type of weights.</summary>
    public static ScalarType TypeOf(TransformerLoadOptions options) =>
        options.Weights == WeightPrecision.BF16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>As many layers as the budget allows.</summary>
    /// <exception cref="InsufficientMemoryException">The memory or the budget is too small; says how much is needed.</exception>
    public static WeightPlan Of(ModelShape shape, TransformerLoadOptions options)
    {
        int size = options.Weights == WeightPrecision.BF16 ? 2 : 4;
        long ends = 0;
        long layer = 0;
        foreach (var (_, kind, at) in WeightNames.All(shape))
        {
            long values = shape.ShapeOf(kind).Aggregate(1L, (product, side) => product * side);
            if (at == 0 && WeightNames.IsOfLayer(kind))
                layer += values;
            else if (!WeightNames.IsOfLayer(kind))
                ends += values;
        }
        int layers = shape.Config.Layers;
        // Weights of other precision are widened where they are used: a layer at a time, W_U whole.
        long unembedding = (long)shape.Config.DModel * shape.Config.OutputVocabulary;
        long widened = size == 4 ? 0 : 4 * Math.Max(layer, unembedding);
        long all = (size * (ends + (layers * layer))) + widened;
        long least = (size * (ends + layer)) + widened; // one layer at a time
        long available = options.Available ?? AvailableMemory.Bytes;
        if (options.MemoryBudget is not { } budget || budget >= all)
        {
            Require(shape, all, available, "memory", size == 4
                ? "TransformerLoadOptions.Weights BF16 halves that, MemoryBudget reads layers from the file at each pass"
                : "TransformerLoadOptions.MemoryBudget reads layers from the file at each pass");
            return new(layers, all);
        }
        Require(shape, least, budget, "budget", "that is W_E, W_U and one layer");
        Require(shape, least, available, "memory", "that is W_E, W_U and one layer");
        int held = (int)Math.Clamp((budget - least) / Math.Max(1, size * layer), 0, layers - 1);
        return new(held, least + (held * size * layer));
    }

    private static void Require(ModelShape shape, long needed, long there, string what, string remedy)
    {
        if (needed > there)
            throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"{shape.Config.Name} needs {Text(needed)} for its weights, the {what} is {Text(there)}: {remedy}."));
    }

    internal static string Text(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):N0} MiB");
}
