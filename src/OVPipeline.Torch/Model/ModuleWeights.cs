using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Reads weights from a module as they are now, from any device; and copies weights into one.</summary>
internal sealed class ModuleWeights(Transformer model) : IWeightSource
{
    // Of W_E and W_U at once: 64 MiB of floats.
    private const int BlockValues = 1 << 24;

    /// <inheritdoc/>
    public bool Has(WeightKind kind) => model.Shape.Has(kind);

    /// <inheritdoc/>
    public bool ReadsGains(WeightKind reader) => reader switch
    {
        WeightKind.W_Q or WeightKind.W_K => Has(WeightKind.ln1_w),
        WeightKind.W_V => Has(WeightKind.ln1_w) && !model.Shape.FoldedValueGains,
        WeightKind.W_U => Has(WeightKind.ln_final_w),
        _ => false,
    };

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The model has no such weight.</exception>
    public Matrix Read(WeightKind kind, HeadIndex head = default)
    {
        Require(kind);
        using var scope = CallScope.Holding(model);
        var tensor = model.Stored(model.Shape.NameOf(kind, head.Layer)).detach();
        if (!WeightNames.IsOfHeads(kind))
            return ToMatrix(tensor);
        return ToMatrix(tensor.select(0, WeightNames.IsOfKeysOrValues(kind) ? head.Head / model.Shape.Group : head.Head));
    }

    /// <inheritdoc/>
    public Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null)
    {
        Require(kind);
        using var scope = CallScope.Holding(model);
        var tensor = model.Stored(WeightNames.Of(kind, 0)).detach();
        return ToMatrix(tensor.narrow(kind == WeightKind.W_U ? 1 : 0, first, count));
    }

    /// <summary>All values of a parameter, last index fastest.</summary>
    public static float[] Values(Tensor tensor)
    {
        using var scope = CallScope.Holding(tensor);
        return tensor.detach().to(ScalarType.Float32).cpu().contiguous().Copied<float>();
    }

    /// <summary>
    /// Room for a weight. Where a model is attention-only, each head's weights lie together, as in its files. Else queries, keys and values
    /// lie in memory as one matrix of all heads, [d_model, heads, d], so that a product needs no copy of them.
    /// </summary>
    /// <param name="shape">The model.</param>
    /// <param name="kind">Which weight.</param>
    /// <param name="type">Its type.</param>
    public static Tensor Room(ModelShape shape, WeightKind kind, ScalarType type)
    {
        long[] size = shape.ShapeOf(kind);
        bool sideBySide = !shape.Config.AttentionOnly && kind is WeightKind.W_Q or WeightKind.W_K or WeightKind.W_V;
        return sideBySide ? zeros([size[1], size[0], size[2]], type).permute(1, 0, 2) : zeros(size, type);
    }

    /// <summary>Copies weights into a module of their configuration.</summary>
    public static void Copy(TransformerWeights weights, Transformer model)
    {
        using var gradients = no_grad();
        foreach (var (name, kind, layer) in WeightNames.All(model.Shape))
            if (weights.Has(kind) && model.get_parameter(name) is { } parameter) // else a bias that stays zero, or of a layer not held
                Copy(weights, model.Shape, kind, layer, parameter);
    }

    /// <summary>Copies a weight, of all heads where it is of heads.</summary>
    public static void Copy(TransformerWeights weights, ModelShape shape, WeightKind kind, int layer, Tensor parameter)
    {
        if (kind is WeightKind.W_E or WeightKind.W_U)
        {
            CopyTokens(weights, kind, parameter);
            return;
        }
        bool ofHeads = WeightNames.IsOfHeads(kind);
        for (int head = 0; head < shape.HeadsOf(kind); head++)
        {
            using var scope = NewDisposeScope();
            var to = ofHeads ? parameter.select(0, head) : parameter;
            to.copy_(tensor(Array(weights.Read(kind, shape.SourceOf(kind, layer, head))), to.shape));
        }
    }

    // Rows of W_E or columns of W_U, a block at a time.
    private static void CopyTokens(TransformerWeights weights, WeightKind kind, Tensor parameter)
    {
        int axis = kind == WeightKind.W_E ? 0 : 1;
        int all = (int)parameter.shape[axis];
        int block = Math.Max(1, BlockValues / weights.Config.DModel);
        for (int first = 0; first < all; first += block)
        {
            using var scope = NewDisposeScope();
            var to = parameter.narrow(axis, first, Math.Min(block, all - first));
            to.copy_(tensor(Array(weights.ReadTokens(kind, first, (int)to.shape[axis])), to.shape));
        }
    }

    // Its own array where it fills that: large weights are then not copied once more.
    private static float[] Array(Matrix matrix) =>
        matrix.Data.Length == matrix.Values.Length ? matrix.Data : matrix.Values.ToArray();

    private void Require(WeightKind kind)
    {
        if (!Has(kind))
            throw new InvalidOperationException($"{model.Config.Name} has no {kind}.");
    }

    private static Matrix ToMatrix(Tensor tensor) =>
        new(tensor.ndim == 1 ? 1 : (int)tensor.shape[0], (int)tensor.shape[^1], Values(tensor));
}
