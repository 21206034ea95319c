using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>One layer's MLP over the module's parameters. Tensors belong to the caller's dispose scope.</summary>
internal sealed class MlpLayer
{
    private readonly ModelShape _shape;
    private readonly MlpConfig _mlp;
    private readonly int _layer;
    private readonly Func<string, Tensor> _weight;
    private readonly Norm? _within;

    private MlpLayer(ModelShape shape, MlpConfig mlp, int layer, Func<string, Tensor> weight)
    {
        _shape = shape;
        _mlp = mlp;
        _layer = layer;
        _weight = weight;
        _within = new ModelNorms(shape, weight).WithinMlp(layer);
    }

    /// <summary>A layer's MLP; null in a model without.</summary>
    public static MlpLayer? Of(ModelShape shape, int layer, Func<string, Tensor> weight) =>
        shape.Forward.Mlp is { } mlp ? new(shape, mlp, layer, weight) : null;

    /// <summary>What it writes, [B, T, d_model], of what it reads, [B, T, d_model].</summary>
    public Tensor Run(Tensor input)
    {
        var rows = input.reshape(-1, input.shape[2]);
        var neurons = Product(rows, WeightKind.W_in, WeightKind.b_in);
        var passed = Activations.Apply(_mlp.Activation, _mlp.Gated ? Product(rows, WeightKind.W_gate, WeightKind.b_gate) : neurons);
        if (_mlp.Gated)
            passed = passed * neurons;
        if (_within is not null)
            passed = _within.Apply(passed);
        return Product(passed, WeightKind.W_out, WeightKind.b_out).view(input.shape);
    }

    private Tensor Product(Tensor rows, WeightKind matrix, WeightKind bias)
    {
        var weights = _weight(WeightNames.Of(matrix, _layer));
        return _shape.Has(bias) ? addmm(_weight(WeightNames.Of(bias, _layer)), rows, weights, 1, 1) : rows.matmul(weights);
    }
}
