using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// A block of text as chosen heads of one layer see it. Patterns and inputs are those of the whole model and do not depend on what these
/// heads write, so any circuit can be put in their place: <c>stream = Rest + Reads[head] A B</c>, which <see cref="Finish(Tensor)"/> takes
/// to the unembedding. N = B T positions, of which M are scored.
/// <para>
/// Where the heads reach the logits and nothing else (<see cref="IsLinear"/>), the stream is what the unembedding reads: N is M, and where
/// there are norms, the last one is at the scale of each position, and what heads read is times that scale, so that the sum is linear all
/// the same. Else it is what the layer's attention writes, and the model after it is run again, its norms as they then are.
/// </para>
/// </summary>
public sealed class LayerBlock
{
    private readonly ForwardModel _forward;
    private readonly LayerCut? _cut;
    private readonly Tensor? _scored;

    private LayerBlock(ForwardModel forward, TextBlock text, LayerCut? cut, Tensor rest, HeadTensors heads)
    {
        _forward = forward;
        _cut = cut;
        Inputs = Kept(text.Inputs.clone());
        AllTargets = Kept(text.Targets.clone());
        _scored = ScoredRows(AllTargets) is { } scored ? Kept(scored) : null;
        Targets = Kept(Rows(AllTargets.reshape(-1)).clone());
        Rest = Kept(cut is null ? Rows(rest).clone() : rest.clone());
        Reads = heads.Reads.ToDictionary(one => one.Key, one => Kept(cut is null ? Rows(one.Value) : one.Value));
        Embeddings = heads.Embeddings.ToDictionary(one => one.Key, one => Kept(Rows(one.Value)));
        Patterns = heads.Patterns.ToDictionary(one => one.Key, one => Kept(one.Value));
        cut?.Keep();
    }

    /// <summary>What the model reads, [B, T].</summary>
    public Tensor Inputs { get; }

    /// <summary>What it has to predict at scored positions, [M].</summary>
    public Tensor Targets { get; }

    /// <summary>What it has to predict, [B, T]; <see cref="TokenSequences.NoTarget"/> at positions that are not scored.</summary>
    public Tensor AllTargets { get; }

    /// <summary>The stream without what the chosen heads' circuits write, [N, d_model].</summary>
    public Tensor Rest { get; }

    /// <summary>
    /// For each chosen head what it reads, [N, d_model]: the layer's inputs, as its norm gives them before its gain, averaged by its
    /// pattern. Linear blocks: times the unembedding's norm's scale.
    /// </summary>
    public IReadOnlyDictionary<HeadIndex, Tensor> Reads { get; }

    /// <summary>
    /// The part of what it reads that is raw token embeddings, at scored positions and times the scale between it and the logits,
    /// [M, d_model]; empty where it was not asked for.
    /// </summary>
    public IReadOnlyDictionary<HeadIndex, Tensor> Embeddings { get; }

    /// <summary>
    /// Patterns, [B, T, T]: a row attends, its columns are sources; empty where they were not asked for. Where there are norms, each weight
    /// is times the scales between a source's embedding and the logits: of the layer's norm at the source, of the unembedding's at the
    /// position that attends.
    /// </summary>
    public IReadOnlyDictionary<HeadIndex, Tensor> Patterns { get; }

    /// <summary>Whether the heads add to the logits linearly, and nothing after them is run again.</summary>
    public bool IsLinear => _cut is null;

    /// <summary>Runs the model on a block.</summary>
    /// <param name="forward">The model.</param>
    /// <param name="text">Inputs and targets.</param>
    /// <param name="heads">Heads of one layer.</param>
    /// <param name="split">Whether embeddings and patterns are kept.</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public static LayerBlock Of(ForwardModel forward, TextBlock text, IReadOnlyList<HeadIndex> heads, bool split = false)
    {
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(heads);
        forward.CancellationToken.ThrowIfCancellationRequested();
        using var gradients = no_grad();
        using var scope = CallScope.Holding(forward, text);
        split &= forward.NoSplit is null;
        return forward.IsLinear(heads[0].Layer) ? Linear(forward, text, heads, split) : Cut(forward, text, heads, split);
    }

    /// <summary>Gives back what the heads read and the rest: the block cannot be used after it.</summary>
    internal void Free()
    {
        Rest.Dispose();
        foreach (var read in Reads.Values)
            read.Dispose();
    }

    /// <summary>What circuits write under the patterns of heads, all together, [N, d_model].</summary>
    /// <param name="circuits">One at least, each under the pattern of a chosen head.</param>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    /// <exception cref="KeyNotFoundException">A pattern is not that of a chosen head.</exception>
    public Tensor Written(IEnumerable<PatternCircuit> circuits)
    {
        ArgumentNullException.ThrowIfNull(circuits);
        using var scope = CallScope.Holding(this);
        return scope.Out(circuits.Select(WrittenBy).Aggregate((sum, one) => sum.Plus(one)));

        Tensor WrittenBy(PatternCircuit one) => Reads[one.Pattern].matmul(one.Circuit.A.ToTensor()).matmul(one.Circuit.B.ToTensor());
    }

    /// <summary>The final residual stream at scored positions, [M, d_model], as <see cref="Unembed"/> reads it.</summary>
    /// <param name="stream">The stream, [N, d_model].</param>
    public Tensor Finish(Tensor stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (_cut is null)
            return stream;
        using var scope = CallScope.Holding(this, stream);
        return scope.Out(Rows(_cut.Resume(BySequence(stream)).reshape(-1, stream.shape[1])));
    }

    /// <summary>The same of the stream of some sequences, and what these have to predict.</summary>
    /// <param name="stream">The stream of whole sequences, [B' T, d_model]; of linear blocks of any positions.</param>
    /// <param name="first">The first of these rows.</param>
    internal (Tensor Residual, Tensor Targets) Finish(Tensor stream, long first)
    {
        long count = stream.shape[0];
        if (_cut is null)
            return (stream, Targets.narrow(0, first, count));
        var final = _cut.Resume(BySequence(stream), first / Length).reshape(count, -1);
        var targets = AllTargets.reshape(-1).narrow(0, first, count);
        return _scored is not null && ScoredRows(targets) is { } scored
            ? (final.index_select(0, scored), targets.index_select(0, scored))
            : (final, targets);
    }

    /// <summary>The scored positions of what is written into the stream, [N, d_model]: [M, d_model].</summary>
    internal Tensor AtScored(Tensor written) => _cut is null ? written : Rows(written);

    /// <summary>Logits, [n, V], of a final residual stream, [n, d_model], as <see cref="Finish(Tensor)"/> gives it.</summary>
    public Tensor Unembed(Tensor residual) => Unembedding.Logits(residual);

    /// <summary>Losses in nats, [M], of a final residual stream, [M, d_model], as <see cref="Finish(Tensor)"/> gives it.</summary>
    internal Tensor Losses(Tensor residual) => Unembedding.Losses(residual, Targets);

    /// <summary>The sums of the losses' slopes and curvatures where a multiple of something is added to a final residual stream.</summary>
    /// <param name="residual">The stream, [M, d_model], of a block that is linear.</param>
    /// <param name="added">What is added, [M, d_model].</param>
    internal (double Slope, double Curvature) LossAlong(Tensor residual, Tensor added) => Unembedding.Along(residual, added, Targets);

    /// <summary>The gradient of the mean loss of some positions by their final residual streams, [n, d_model].</summary>
    /// <param name="residual">The streams, [n, d_model].</param>
    /// <param name="targets">What they have to predict, [n].</param>
    internal Tensor LossGradient(Tensor residual, Tensor targets) => Unembedding.Gradient(residual, targets);

    /// <summary>The final residual stream of the model as it is, [M, d_model].</summary>
    internal Tensor Final(PairOnText text) => _cut is null ? text.Without(this, []) : Rows(_cut.Final.reshape(-1, Rest.shape[1]));

    /// <summary>
    /// What a part of the stream, [N, d_model], adds to the final one at scored positions without what later layers make of it,
    /// [M, d_model]: norms at the scales that they have in the model as it is.
    /// </summary>
    public Tensor Direct(Tensor written)
    {
        ArgumentNullException.ThrowIfNull(written);
        if (_cut is null)
            return written;
        using var scope = CallScope.Holding(this, written);
        return scope.Out(Rows(_cut.Direct(BySequence(written)).reshape(-1, written.shape[1])));
    }

    /// <summary>What <see cref="Unembed"/> maps to logits by, [d_model, V], without biases and cap; of <see cref="Direct"/> too.</summary>
    public Tensor Directions() => Unembedding.Directions;

    /// <summary>Logits of a position, V.</summary>
    internal int Outputs => _forward.Config.OutputVocabulary;

    /// <summary>Positions of a sequence, T.</summary>
    public long Length => Inputs.shape[1];

    /// <summary>Rows of positions, [N, ...], at those that are scored.</summary>
    public Tensor Rows(Tensor positions)
    {
        ArgumentNullException.ThrowIfNull(positions);
        if (_scored is null)
            return positions;
        using var scope = CallScope.Holding(this, positions);
        return scope.Out(positions.index_select(0, _scored));
    }

    private Unembedding Unembedding => _cut is null ? _forward.Folded : _forward.Own;

    // What is run once: the norms before and after the layer, at each position's scale, are all that stands around the heads.
    private static LayerBlock Linear(ForwardModel forward, TextBlock text, IReadOnlyList<HeadIndex> heads, bool split)
    {
        int width = forward.Config.DModel;
        var run = LayerCut.Of(forward.Module, text.Inputs, heads[0].Layer);
        var final = run.Stream.Plus(run.Written);
        var before = forward.Module.InverseSigma(run.Stream); // [B, T, 1]
        var after = forward.Module.InverseSigma(final); // [B, T, 1]
        var input = forward.Read(run.Stream, before);
        var rest = forward.Read(final, after).reshape(-1, width);
        var embedded = split ? forward.Read(forward.Module.Embed(text.Inputs), before) : null;
        HeadTensors found = new([], [], []);
        foreach (var head in heads)
        {
            var pattern = run.Pattern(head.Head);
            found.Reads[head] = (pattern.matmul(input) * after).reshape(-1, width);
            var own = forward.Weights.OVCircuit(head);
            rest = rest - found.Reads[head].matmul(own.A.ToTensor()).matmul(own.B.ToTensor());
            if (embedded is null)
                continue;
            found.Embeddings[head] = (pattern.matmul(embedded) * after).reshape(-1, width);
            found.Patterns[head] = (pattern * after * before.transpose(1, 2)).contiguous();
        }
        return new(forward, text, null, rest, found);
    }

    private static LayerBlock Cut(ForwardModel forward, TextBlock text, IReadOnlyList<HeadIndex> heads, bool split)
    {
        int width = forward.Config.DModel;
        var cut = LayerCut.Of(forward.Module, text.Inputs, heads[0].Layer);
        var input = cut.Read(cut.Stream);
        var rest = cut.Written.reshape(-1, width);
        double factor = (forward.Config.Forward?.EmbeddingFactor ?? 1) * (forward.Config.Forward?.LogitFactor ?? 1);
        var embedded = split ? cut.Read(forward.Module.Embed(text.Inputs)).Times(factor) : null;
        HeadTensors found = new([], [], []);
        foreach (var head in heads)
        {
            var pattern = cut.Pattern(head.Head);
            found.Reads[head] = pattern.matmul(input).reshape(-1, width);
            var own = forward.Weights.OVCircuit(head);
            rest = rest - found.Reads[head].matmul(own.A.ToTensor()).matmul(own.B.ToTensor());
            if (embedded is null)
                continue;
            found.Embeddings[head] = (pattern.matmul(embedded) * cut.DirectScale).reshape(-1, width);
            found.Patterns[head] = (pattern * cut.DirectScale * cut.ReadScale.transpose(1, 2)).Times(factor).contiguous();
        }
        return new(forward, text, cut, rest, found);
    }

    private Tensor BySequence(Tensor rows) => rows.view(-1, Length, rows.shape[1]);

    // The rows that have a target; null where all have.
    private static Tensor? ScoredRows(Tensor targets)
    {
        long[] wanted = targets.reshape(-1).contiguous().Copied<long>();
        long[] scored =
            [.. Enumerable.Range(0, wanted.Length).Where(row => wanted[row] != TokenSequences.NoTarget).Select(row => (long)row)];
        return scored.Length == wanted.Length ? null : tensor(scored);
    }

    private static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();

    private sealed record HeadTensors(
        Dictionary<HeadIndex, Tensor> Reads, Dictionary<HeadIndex, Tensor> Embeddings, Dictionary<HeadIndex, Tensor> Patterns);
}
