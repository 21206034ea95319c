using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// A block of text as chosen heads of the last layer see it. Patterns and inputs are those of the whole model and do not depend on what
/// these heads write, so any circuit can be put in their place without another pass: <c>residual = Rest + Reads[head] A B</c>. N = B T
/// positions. Where there are norms, the residual is what the unembedding reads, its norm at the scale of each position: what heads read is
/// times that scale here, so that the sum is linear all the same.
/// </summary>
public sealed class LayerBlock
{
    private LayerBlock(
        Tensor inputs,
        Tensor targets,
        Tensor rest,
        Dictionary<HeadIndex, Tensor> reads,
        Dictionary<HeadIndex, Tensor> embeddings,
        Dictionary<HeadIndex, Tensor> patterns)
    {
        Inputs = inputs;
        Targets = targets;
        Rest = rest;
        Reads = reads;
        Embeddings = embeddings;
        Patterns = patterns;
    }

    /// <summary>What the model reads, [B, T].</summary>
    public Tensor Inputs { get; }

    /// <summary>What it has to predict, [N].</summary>
    public Tensor Targets { get; }

    /// <summary>The final residual stream without what the chosen heads' circuits write, [N, d_model].</summary>
    public Tensor Rest { get; }

    /// <summary>
    /// For each chosen head what it reads: the layer's inputs, averaged by its pattern, [N, d_model]; times the unembedding's norm's scale.
    /// </summary>
    public IReadOnlyDictionary<HeadIndex, Tensor> Reads { get; }

    /// <summary>The part of <see cref="Reads"/> that is raw token embeddings, [N, d_model]; empty where it was not asked for.</summary>
    public IReadOnlyDictionary<HeadIndex, Tensor> Embeddings { get; }

    /// <summary>
    /// Patterns, [B, T, T]: a row attends, its columns are sources; empty where they were not asked for. Where there are norms, each weight
    /// is times the scales between a source's embedding and the logits: of the layer's norm at the source, of the unembedding's at the
    /// position that attends.
    /// </summary>
    public IReadOnlyDictionary<HeadIndex, Tensor> Patterns { get; }

    /// <summary>Runs the model on a block.</summary>
    /// <param name="forward">The model.</param>
    /// <param name="text">Inputs and targets.</param>
    /// <param name="heads">Heads of the last layer.</param>
    /// <param name="split">Whether embeddings and patterns are kept.</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public static LayerBlock Of(ForwardModel forward, TextBlock text, IReadOnlyList<HeadIndex> heads, bool split = false)
    {
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(heads);
        forward.CancellationToken.ThrowIfCancellationRequested();
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        int width = forward.Config.DModel;
        using var pass = forward.Module.Run(text.Inputs, ForwardParts.HeadOutputs | ForwardParts.Patterns);
        var stream = forward.LastInput(pass);
        var final = forward.FinalStream(pass, stream);
        var before = forward.Module.InverseSigma(stream); // [B, T, 1]
        var after = forward.Module.InverseSigma(final); // [B, T, 1]
        var input = forward.Read(stream, before);
        var rest = forward.Read(final, after).reshape(-1, width);
        var embedded = split ? forward.Read(forward.Module.Embed(text.Inputs), before) : null;
        Dictionary<HeadIndex, Tensor> reads = [], embeddings = [], patterns = [];
        foreach (var head in heads)
        {
            var pattern = pass.Patterns[forward.LastLayer].select(1, head.Head);
            reads[head] = Kept((pattern.matmul(input) * after).reshape(-1, width));
            var own = forward.Weights.OVCircuit(head);
            rest = rest - reads[head].matmul(own.A.ToTensor()).matmul(own.B.ToTensor());
            if (embedded is null)
                continue;
            embeddings[head] = Kept((pattern.matmul(embedded) * after).reshape(-1, width));
            patterns[head] = Kept((pattern * after * before.transpose(1, 2)).contiguous());
        }
        var inputs = Kept(text.Inputs.clone());
        var targets = Kept(text.Targets.reshape(-1).clone());
        return new(inputs, targets, Kept(rest.clone()), reads, embeddings, patterns);

        static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();
    }

    /// <summary>What circuits write under the patterns of heads, all together, [N, d_model].</summary>
    /// <param name="circuits">One at least, each under the pattern of a chosen head.</param>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    /// <exception cref="KeyNotFoundException">A pattern is not that of a chosen head.</exception>
    public Tensor Written(IEnumerable<PatternCircuit> circuits)
    {
        ArgumentNullException.ThrowIfNull(circuits);
        return circuits.Select(WrittenBy).Aggregate((sum, one) => sum.Plus(one));

        Tensor WrittenBy(PatternCircuit one) => Reads[one.Pattern].matmul(one.Circuit.A.ToTensor()).matmul(one.Circuit.B.ToTensor());
    }
}
