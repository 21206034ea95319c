using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// A forward pass cut where the attention of one layer writes: what came before, and the model after it, which <see cref="Resume"/> runs on
/// anything written in its place. Tensors belong to the caller's dispose scope until <see cref="Keep"/>.
/// </summary>
public sealed class LayerCut
{
    private readonly Transformer _model;
    private readonly Tensor? _positions;
    private readonly Tensor? _writtenScale;
    private readonly Tensor _finalScale;

    private LayerCut(Transformer model, int layer, Tensor stream, Tensor? positions)
    {
        _model = model;
        _positions = positions;
        Layer = layer;
        Stream = stream;
        var attention = model.Blocks[layer].Attention;
        ReadScale = attention.Norm?.InverseSigma(stream) ?? ones_like(stream.narrow(-1, 0, 1));
        var input = attention.Input(stream);
        var (queries, keys, values) = attention.Project(input, positions);
        (Queries, Keys) = (queries, attention.Expand(keys));
        Written = attention.Output(attention.Attend(Queries, Keys, attention.Expand(values)));
        _writtenScale = NormOfWritten?.InverseSigma(Written);
        var last = Streams(Written, stream).Last();
        _finalScale = model.FinalNorm?.InverseSigma(last) ?? ones_like(last.narrow(-1, 0, 1));
        Final = model.Finish(last);
    }

    /// <summary>The layer.</summary>
    public int Layer { get; }

    /// <summary>The residual stream before the layer, [B, T, d_model].</summary>
    public Tensor Stream { get; }

    /// <summary>What the norm before the layer's attention multiplies it by, [B, T, 1]; ones where there is none.</summary>
    public Tensor ReadScale { get; }

    /// <summary>What the layer's attention writes, [B, T, d_model], b_O too, before any norm after it.</summary>
    public Tensor Written { get; }

    /// <summary>The final residual stream of the model as it is, [B, T, d_model], as <see cref="Transformer.Unembed"/> reads it.</summary>
    public Tensor Final { get; }

    /// <summary>
    /// Whether what heads write is a part of the final stream: not where the stream itself passes norms, or a layer stands before the
    /// unembedding.
    /// </summary>
    public bool HasDirectPath => !_model.Config.PostNorm && !_model.Shape.Has(WeightKind.W_head);

    // What attention writes passes it before it is added to the stream.
    private Norm? NormOfWritten => _model.Config.PostNorm ? null : _model.Blocks[Layer].AfterAttention;

    private Tensor Queries { get; }

    private Tensor Keys { get; }

    private IEnumerable<Tensor> Tensors =>
        new[] { Stream, ReadScale, Written, Final, Queries, Keys, _positions, _writtenScale, _finalScale }.OfType<Tensor>();

    /// <summary>Runs the model up to a layer's attention, and on to the end.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">Token ids, [B, T], Int64.</param>
    /// <param name="layer">The layer, 0-based.</param>
    /// <exception cref="ArgumentException">Tokens do not fit the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such layer.</exception>
    public static LayerCut Of(Transformer model, Tensor tokens, int layer)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Config.RequireHead(new(layer, 0));
        using var scope = CallScope.Holding(model, tokens);
        var (stream, positions) = Before(model, tokens, layer);
        var cut = new LayerCut(model, layer, stream, positions);
        foreach (var tensor in cut.Tensors)
            scope.Out(tensor);
        return cut;
    }

    /// <summary>The residual stream before a layer, [B, T, d_model].</summary>
    /// <inheritdoc cref="Of" path="/param|/exception"/>
    public static Tensor StreamBefore(Transformer model, Tensor tokens, int layer)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Config.RequireHead(new(layer, 0));
        using var scope = CallScope.Holding(model, tokens);
        return scope.Out(Before(model, tokens, layer).Stream);
    }

    /// <summary>
    /// A stream [B, T, d_model] as the layer's heads read it, before gain and bias of the norm: centred where that is a layer norm, times
    /// <see cref="ReadScale"/>. Linear in it: a part of <see cref="Stream"/> gives its part of what is read.
    /// </summary>
    public Tensor Read(Tensor stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var scope = CallScope.Holding(this, stream);
        return scope.Out(_model.Blocks[Layer].Attention.Norm is { } norm ? norm.Scaled(stream, ReadScale) : stream);
    }

    /// <summary>A head's attention pattern, [B, T, T]: a row is a query's weights over keys.</summary>
    /// <param name="head">Its place in the layer.</param>
    public Tensor Pattern(int head)
    {
        using var scope = CallScope.Holding(this);
        var attention = _model.Blocks[Layer].Attention;
        return scope.Out(attention.Patterns(Queries.narrow(1, head, 1), Keys.narrow(1, head, 1), head).squeeze(1));
    }

    /// <summary>The final residual stream, [B, T, d_model], where the layer's attention writes something else.</summary>
    /// <param name="written">What it writes, [B, T, d_model]: of some of the sequences, those from <paramref name="first"/> on.</param>
    /// <param name="first">The first of these sequences.</param>
    public Tensor Resume(Tensor written, long first = 0)
    {
        ArgumentNullException.ThrowIfNull(written);
        using var scope = CallScope.Holding(this, written);
        return scope.Out(_model.Finish(Streams(written, Stream.narrow(0, first, written.shape[0])).Last()));
    }

    /// <summary>
    /// A part of <see cref="Written"/>, [B, T, d_model], as the unembedding reads it without what later layers make of it: norms at the
    /// scale that they have in the unchanged model, no biases. Linear in it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The model has no direct path.</exception>
    public Tensor Direct(Tensor written)
    {
        ArgumentNullException.ThrowIfNull(written);
        if (!HasDirectPath)
            throw new InvalidOperationException($"In {_model.Config.Name} what heads write is no part of the final stream.");
        using var scope = CallScope.Holding(this, written);
        var added = NormOfWritten is { } norm ? norm.Share(written, _writtenScale!) : written;
        if (_model.Shape.Forward.ResidualFactor is not 1 and var factor)
            added = added.Times(factor);
        return scope.Out(_model.FinalNorm is { } final ? final.Share(added, _finalScale) : added);
    }

    /// <summary>
    /// What stands between a part of <see cref="Written"/> and the logits beside the gain of the last norm, [B, T, 1]: its scale and the
    /// stream's factor. Not where a norm stands after attention.
    /// </summary>
    public Tensor DirectScale => _finalScale.Times(_model.Shape.Forward.ResidualFactor);

    /// <summary>Takes what it holds out of the dispose scope in force: it then lives as long as the process.</summary>
    public LayerCut Keep()
    {
        foreach (var tensor in Tensors)
            tensor.DetachFromDisposeScope();
        return this;
    }

    private static (Tensor Stream, Tensor? Positions) Before(Transformer model, Tensor tokens, int layer)
    {
        var (stream, positions) = model.Start(model.Embed(tokens));
        foreach (var block in model.Blocks.Take(layer))
            stream = block.Run(stream, positions);
        return (stream, positions);
    }

    // The residual stream after the layer, and after each later one.
    private IEnumerable<Tensor> Streams(Tensor written, Tensor stream)
    {
        var cut = _model.Blocks[Layer];
        stream = cut.Next(stream, cut.Attention.Input(stream), written);
        yield return stream;
        foreach (var block in _model.Blocks.Skip(Layer + 1))
            yield return stream = block.Run(stream, _positions);
    }
}
