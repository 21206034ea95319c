using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Reads weights from a module as they are now, from any device; and copies weights into one.</summary>
internal sealed class ModuleWeights(Transformer model) : IWeightSource
{
    /// <inheritdoc/>
    public bool Has(WeightKind kind) => model.Shape.Has(kind);

    /// <inheritdoc/>
    public bool ReadsGains(WeightKind reader) => reader switch
    {
        WeightKind.W_Q or WeightKind.W_K => Has(WeightKind.ln1_w),
        WeightKind.W_V or WeightKind.W_U => Has(WeightKind.ln_final_w),
        _ => false,
    };

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The model has no such weight.</exception>
    public Matrix Read(WeightKind kind, HeadIndex head = default)
    {
        Require(kind);
        using var scope = NewDisposeScope();
        var tensor = model.Weight(WeightNames.Of(kind, head.Layer)).detach();
        return ToMatrix(WeightNames.IsOfHeads(kind) ? tensor.select(0, head.Head) : tensor);
    }

    /// <inheritdoc/>
    public Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null)
    {
        Require(kind);
        using var scope = NewDisposeScope();
        var tensor = model.Weight(WeightNames.Of(kind, 0)).detach();
        return ToMatrix(tensor.narrow(kind == WeightKind.W_U ? 1 : 0, first, count));
    }

    /// <summary>All values of a parameter, last index fastest.</summary>
    public static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>Copies weights into a module of their configuration.</summary>
    public static void Copy(TransformerWeights weights, Transformer model)
    {
        using var gradients = no_grad();
        foreach (var (name, kind, layer) in WeightNames.All(model.Shape))
        {
            if (!weights.Has(kind))
                continue; // a bias that stays zero
            using var scope = NewDisposeScope();
            var parameter = model.Weight(name);
            int heads = WeightNames.IsOfHeads(kind) ? model.Config.Heads : 1;
            var parts = Enumerable.Range(0, heads).Select(head => weights.Read(kind, new HeadIndex(layer, head)));
            parameter.copy_(cat([.. parts.Select(part => tensor(part.Values.ToArray()))]).view(parameter.shape));
        }
    }

    private void Require(WeightKind kind)
    {
        if (!Has(kind))
            throw new InvalidOperationException($"{model.Config.Name} has no {kind}.");
    }

    private static Matrix ToMatrix(Tensor tensor) =>
        new(tensor.ndim == 1 ? 1 : (int)tensor.shape[0], (int)tensor.shape[^1], Values(tensor));
}
