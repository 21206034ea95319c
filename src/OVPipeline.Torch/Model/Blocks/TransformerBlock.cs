using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>One layer: attention and MLP, one after the other or side by side, with the norms around them.</summary>
internal sealed class TransformerBlock
{
    private readonly Norm? _beforeMlp, _afterMlp;
    private readonly bool _parallel, _streamPassesNorms;
    private readonly double _factor;
    private readonly MlpLayer? _mlp;

    public TransformerBlock(ModelShape shape, int layer, Func<string, Tensor> weight)
    {
        var norms = new ModelNorms(shape, weight);
        Attention = new(shape, layer, weight);
        _mlp = MlpLayer.Of(shape, layer, weight);
        _beforeMlp = norms.BeforeMlp(layer);
        AfterAttention = norms.AfterAttention(layer);
        _afterMlp = norms.AfterMlp(layer);
        _parallel = shape.Forward.ParallelMlp;
        _streamPassesNorms = shape.Config.PostNorm;
        _factor = shape.Forward.ResidualFactor;
    }

    /// <summary>The norm of what attention writes, or of the stream that it was added to; null for none.</summary>
    public Norm? AfterAttention { get; }

    /// <summary>Its attention.</summary>
    public AttentionLayer Attention { get; }

    /// <summary>The residual stream after the layer, [B, T, d_model], of the stream before it.</summary>
    /// <param name="residual">The stream before it.</param>
    /// <param name="positions">Rows of W_pos [T, d_model] that Q and K read, or null.</param>
    /// <param name="hidden">Keys that nothing attends to, [B, 1, 1, T], or null.</param>
    public Tensor Run(Tensor residual, Tensor? positions, Tensor? hidden = null)
    {
        using var scope = NewDisposeScope();
        var input = Attention.Input(residual);
        var (queries, keys, values) = Attention.Project(input, positions);
        var weighted = Attention.Attend(queries, Attention.Expand(keys), Attention.Expand(values), hidden: hidden);
        return Next(residual, input, Attention.Output(weighted)).MoveToOuterDisposeScope();
    }

    /// <summary>The residual stream after the layer, [B, T, d_model], of what attention wrote.</summary>
    /// <param name="residual">The stream before it.</param>
    /// <param name="input">What attention read of it.</param>
    /// <param name="written">What attention wrote, b_O too, before any norm after it.</param>
    /// <param name="keepMlp">Told what the MLP adds to the stream: after any norm of it and factor.</param>
    public Tensor Next(Tensor residual, Tensor input, Tensor written, Action<Tensor>? keepMlp = null)
    {
        var between = Added(residual, written, AfterAttention, null);
        if (_mlp is null)
            return between;
        var read = _parallel ? residual : between;
        var neurons = _mlp.Run(_beforeMlp?.Apply(read) ?? (_parallel ? input : read));
        return Added(between, neurons, _afterMlp, keepMlp);
    }

    // What is written goes through the norm, or the stream that it was added to does.
    private Tensor Added(Tensor stream, Tensor written, Norm? norm, Action<Tensor>? keep)
    {
        if (norm is not null && !_streamPassesNorms)
            written = norm.Apply(written);
        if (_factor != 1)
            written = written.Times(_factor);
        keep?.Invoke(written);
        var sum = stream.Plus(written);
        return norm is not null && _streamPassesNorms ? norm.Apply(sum) : sum;
    }
}
