using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Two heads of one layer on blocks of training and validation text, all else frozen: circuits are put in their place and judged by
/// next-token loss. <see cref="ForwardModel.Pair"/> makes one. Its tensors live as long as the process.
/// </summary>
public sealed class PairOnText
{
    private readonly ForwardModel _forward;
    private readonly ForwardOptions _options;
    private readonly Lazy<LayerBlock[]> _training;
    private readonly Lazy<LayerBlock[]> _validation;
    private readonly Dictionary<HeadIndex, Tensor> _means = [];

    internal PairOnText(ForwardModel forward, ForwardOptions options, HeadIndex a, HeadIndex b)
    {
        _forward = forward;
        _options = options;
        A = a;
        B = b;
        _training = new(() => Blocks(forward.Training(options.ScalarBlocks), split: true));
        _validation = new(() => Blocks(forward.Validation(options.JudgedBlocks), split: true));
    }

    /// <summary>The one head.</summary>
    public HeadIndex A { get; }

    /// <summary>The other.</summary>
    public HeadIndex B { get; }

    /// <summary>The model.</summary>
    public ForwardModel Forward => _forward;

    /// <summary>Blocks of training text, for what is fitted.</summary>
    public IReadOnlyList<LayerBlock> Training => _training.Value;

    /// <summary>Blocks of validation text, for what is judged.</summary>
    public IReadOnlyList<LayerBlock> Validation => _validation.Value;

    /// <summary>The book of each validation block.</summary>
    public IReadOnlyList<int> Books => _forward.Validation(_options.JudgedBlocks).Books;

    /// <summary>A head's own circuit, [d_model, d_value][d_value, d_model].</summary>
    public FactoredMatrix Own(HeadIndex head) => _forward.Weights.OVCircuit(head);

    /// <summary>The blocks of a text as the two heads see them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="split">Whether embeddings and patterns are kept (<see cref="LayerBlock.Embeddings"/>).</param>
    public LayerBlock[] Blocks(TextBlocks text, bool split)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Enumerable.Range(0, text.Count).Select(i =>
        {
            using var scope = NewDisposeScope();
            return LayerBlock.Of(_forward, text[i], [A, B], split);
        })];
    }

    /// <summary>
    /// What a head writes on average over the scored positions of the training blocks, [1, d_model]: what mean ablation puts in its place.
    /// </summary>
    public Tensor Mean(HeadIndex head)
    {
        if (!_means.TryGetValue(head, out var mean))
        {
            using var gradients = no_grad();
            using var scope = NewDisposeScope();
            _means[head] = mean = Mean([new(head, Own(head))]).DetachFromDisposeScope();
        }
        return mean;
    }

    /// <summary>
    /// What circuits under heads' patterns write on average over the scored positions of the training blocks, all together, [1, d_model].
    /// </summary>
    public Tensor Mean(IReadOnlyList<PatternCircuit> circuits)
    {
        using var scope = CallScope.Holding(this);
        double scored = Training.Sum(block => block.Targets.shape[0]);
        return scope.Out(stack(Training.Select(block =>
            block.AtScored(block.Written(circuits)).mean([0], keepdim: true).Times(block.Targets.shape[0] * Training.Count / scored)))
            .mean([0]));
    }

    /// <summary>The stream of a block (<see cref="LayerBlock"/>) with some of the two heads taken out, [N, d_model].</summary>
    public Tensor Without(LayerBlock block, IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(block);
        HeadIndex[] kept = [.. new[] { A, B }.Except(heads)];
        if (kept.Length == 0)
            return block.Rest;
        using var scope = CallScope.Holding(block);
        return scope.Out(block.Rest.Plus(block.Written(kept.Select(head => new PatternCircuit(head, Own(head))))));
    }

    /// <summary>The mean loss of each validation block, in nats, where some of the two heads write their mean over training text.</summary>
    public double[] LossesUnderMeanAblation(IReadOnlyList<HeadIndex> heads) =>
        Losses(block => heads.Aggregate(Without(block, heads), (sum, head) => sum.Plus(Mean(head))));

    /// <summary>The mean loss of each validation block, in nats, where its stream, [N, d_model], is made of it.</summary>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public double[] Losses(Func<LayerBlock, Tensor> stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var gradients = no_grad();
        return [.. Validation.Select(block =>
        {
            _forward.CancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            return block.Losses(block.Finish(stream(block))).to(ScalarType.Float64).mean().item<double>();
        })];
    }
}
