using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What stands before the first block and after the last. Tensors belong to the caller's dispose scope.</summary>
internal sealed class ModelEnds
{
    private readonly ModelShape _shape;
    private readonly Func<string, Tensor> _weight;
    private readonly Norm? _embedding;

    public ModelEnds(ModelShape shape, Func<string, Tensor> weight)
    {
        _shape = shape;
        _weight = weight;
        var norms = new ModelNorms(shape, weight);
        _embedding = norms.Embedding;
        Norm = norms.Final;
    }

    /// <summary>The norm before the unembedding, or null.</summary>
    public Norm? Norm { get; }

    /// <summary>The residual stream at the first layer, and what Q and K read beside it (shortformer; null for others).</summary>
    /// <param name="embedded">Rows of W_E, [B, T, d_model].</param>
    /// <param name="first">The first one's position.</param>
    /// <param name="placed">Whether positions are added to the stream where the model adds them.</param>
    public (Tensor Residual, Tensor? Positions) Start(Tensor embedded, long first = 0, bool placed = true)
    {
        if (_shape.Forward.EmbeddingFactor != 1)
            embedded = embedded.Times(_shape.Forward.EmbeddingFactor);
        if (_shape.Has(WeightKind.b_E))
            embedded = embedded.Plus(Weight(WeightKind.b_E));
        var positions = _shape.Config.PositionalEmbedding is "standard" or "shortformer"
            ? Weight(WeightKind.W_pos).narrow(0, first, embedded.shape[1])
            : null;
        if (_shape.Config.PositionalEmbedding == "standard")
            (embedded, positions) = (placed ? embedded.Plus(positions!) : embedded, null);
        return (_embedding is null ? embedded : _embedding.Apply(embedded), positions);
    }

    /// <summary>The residual stream after the last block as the unembedding reads it.</summary>
    public Tensor Finish(Tensor residual) => Norm is null ? Head(residual) : Norm.Apply(Head(residual));

    /// <summary>Logits [..., V_out] of what <see cref="Finish"/> gave, [..., d_model].</summary>
    public Tensor Unembed(Tensor residual)
    {
        var logits = residual.matmul(Weight(WeightKind.W_U));
        if (_shape.Has(WeightKind.b_U))
            logits = logits.Plus(Weight(WeightKind.b_U));
        return Capped(logits);
    }

    /// <summary>Logits as the model's factor and cap leave them.</summary>
    public Tensor Capped(Tensor logits)
    {
        if (_shape.Forward.LogitFactor != 1)
            logits = logits.Times(_shape.Forward.LogitFactor);
        return _shape.Forward.LogitCap is { } cap ? logits.Over(cap).tanh().Times(cap) : logits;
    }

    // BERT's dense layer between the last block and the norm, whose activation is that of the MLPs.
    private Tensor Head(Tensor residual)
    {
        if (!_shape.Has(WeightKind.W_head))
            return residual;
        var neurons = residual.matmul(Weight(WeightKind.W_head));
        if (_shape.Has(WeightKind.b_head))
            neurons = neurons.Plus(Weight(WeightKind.b_head));
        return Activations.Apply(_shape.Forward.Mlp!.Activation, neurons);
    }

    private Tensor Weight(WeightKind kind) => _weight(WeightNames.Of(kind, 0));
}
