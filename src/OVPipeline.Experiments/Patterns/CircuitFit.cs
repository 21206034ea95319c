using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Fits OV circuits to next-token loss under fixed patterns, all else frozen. The patterns and what they read do not depend on these
/// circuits, so nothing but what comes after them is run: where that is the unembedding alone, the gradient is
/// <c>(softmax - one-hot) W_U'</c>; else it is libtorch's, through the layers after them.
/// </summary>
public sealed class CircuitFit
{
    // Of the root mean square of a factor, the step that Adam takes at first; random factors B start at this share of their final size, so
    // that what they write at first does little harm. Both were set by hand, for fits of a few hundred steps.
    private const double RateShare = 0.05, StartShare = 0.3;

    // Of so many blocks, about 2,000 tokens each, a loss is told well enough to see a gap by.
    private const int MostBlocksAgain = 16;

    private readonly PairOnText _text;
    private readonly IReadOnlyList<LayerBlock> _blocks;
    private readonly int _most;
    private readonly Dictionary<HeadIndex, ReadWhitening> _whitening;

    // Root mean square of what the two heads write.
    private readonly double _size;

    /// <summary>Fits in the place of two heads.</summary>
    /// <param name="text">The two heads.</param>
    /// <param name="blocks">Training text, one block or more; each position is seen once in a pass.</param>
    /// <param name="rows">Positions in a step, at most a block's; whole sequences where later layers read them.</param>
    /// <exception cref="ArgumentException">There are no blocks.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is below 1.</exception>
    public CircuitFit(PairOnText text, IReadOnlyList<LayerBlock> blocks, int rows)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        if (blocks.Count == 0)
            throw new ArgumentException("A fit takes a block of text or more.", nameof(blocks));
        _text = text;
        _blocks = blocks;
        _most = rows;
        HeadIndex[] heads = [text.A, text.B];
        _whitening = heads.ToDictionary(head => head, head => ReadWhitening.Of(blocks.Select(block => block.Reads[head])));
        PatternCircuit[] own = [.. heads.Select(head => new PatternCircuit(head, text.Own(head)))];
        using var scope = NewDisposeScope();
        _size = Math.Sqrt(blocks.Average(block => block.Written(own).MeanSquare()));
    }

    /// <summary>Steps of a pass over the text.</summary>
    public int Steps => _blocks.Count * StepsOf(_blocks[0]);

    /// <summary>
    /// Circuits under patterns of heads, and one constant, which is what a fit of no circuits can still learn of the text.
    /// </summary>
    /// <param name="terms">Whose pattern, A's or B's, and the rank of the circuit; none for the constant alone.</param>
    /// <param name="seed">Seed of the first weights and of the order of the text.</param>
    /// <param name="start">Circuits to start from, of these ranks; null for random ones.</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public FittedCircuits Fit(IReadOnlyList<PatternTerm> terms, int seed, IReadOnlyList<FactoredMatrix>? start = null) =>
        Fit(terms, seed, start, _blocks.Count);

    /// <summary>
    /// The same on so many blocks: where there are fewer, on all of them again, each pass in another order. The learning rate falls over
    /// all of it.
    /// </summary>
    internal FittedCircuits Fit(IReadOnlyList<PatternTerm> terms, int seed, IReadOnlyList<FactoredMatrix>? start, int blocks)
    {
        ArgumentNullException.ThrowIfNull(terms);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        int width = _text.Forward.Config.DModel;
        int ranks = terms.Sum(term => term.Rank);
        Factors[] factors = [.. terms.Select((term, i) => start is null ? Random(term, width, ranks, random) : Started(term, start[i]))];
        var first = terms.Count == 0 ? _text.Mean(_text.A).Plus(_text.Mean(_text.B)) : zeros(1, width);
        var constant = new AdamTensor(first, RateShare * _size);
        (LayerBlock Block, int First)[] order =
            [.. Passes(blocks).SelectMany(_ => Order(random)).Take((int)Math.Ceiling((double)Steps * blocks / _blocks.Count))];
        for (int step = 0; step < order.Length; step++)
        {
            _text.Forward.CancellationToken.ThrowIfCancellationRequested();
            double share = 0.5 * (1 + Math.Cos(Math.PI * step / order.Length));
            using var inner = NewDisposeScope();
            Step(factors, constant, order[step].Block, order[step].First, share);
        }
        return new([.. factors.Select(Circuit)], constant.Value.ToMatrix());

        PatternCircuit Circuit(Factors one) =>
            new(one.Pattern, new FactoredMatrix(_whitening[one.Pattern].Into.matmul(one.A.Value).ToMatrix(), one.B.Value.ToMatrix()));
    }

    /// <summary>The mean loss on some of the blocks that circuits were fitted on, in nats.</summary>
    internal double FittedLoss(FittedCircuits circuits)
    {
        using var gradients = no_grad();
        int apart = Math.Max(1, _blocks.Count / MostBlocksAgain);
        return _blocks.Where((_, place) => place % apart == 0).Average(block =>
        {
            using var scope = NewDisposeScope();
            return block.Losses(block.Finish(circuits.Residual(block))).to(ScalarType.Float64).mean().item<double>();
        });
    }

    private IEnumerable<int> Passes(int blocks) => Enumerable.Range(0, (blocks + _blocks.Count - 1) / _blocks.Count);

    // A pass over the text: the block and the first position of each step.
    private (LayerBlock Block, int First)[] Order(Random random)
    {
        (LayerBlock, int)[] order =
            [.. _blocks.SelectMany(block => Enumerable.Range(0, StepsOf(block)).Select(part => (block, part * RowsOf(block))))];
        random.Shuffle(order);
        return order;
    }

    private int StepsOf(LayerBlock block) => (int)(block.Rest.shape[0] / RowsOf(block));

    // Positions of a step in a block.
    private int RowsOf(LayerBlock block)
    {
        int most = (int)Math.Min(_most, block.Rest.shape[0]);
        return block.IsLinear ? most : (int)(Math.Max(1, most / block.Length) * block.Length);
    }

    // One step of all factors on rows of a block, [n, ...]. What they read is whitened: Read = (pattern x inputs) Into.
    private void Step(Factors[] factors, AdamTensor constant, LayerBlock block, int first, double share)
    {
        int rows = RowsOf(block);
        Tensor[] reads = [.. factors.Select(one => block.Reads[one.Pattern].narrow(0, first, rows).matmul(_whitening[one.Pattern].Into))];
        Tensor[] values = [.. factors.Select((one, i) => reads[i].matmul(one.A.Value))];
        var stream = block.Rest.narrow(0, first, rows).Plus(constant.Value);
        for (int i = 0; i < factors.Length; i++)
            stream = stream.Plus(values[i].matmul(factors[i].B.Value));
        if (ByStream(block, stream, first) is not { } byStream)
            return;
        for (int i = 0; i < factors.Length; i++)
        {
            var byB = values[i].t().matmul(byStream);
            var byA = reads[i].t().matmul(byStream.matmul(factors[i].B.Value.t()));
            factors[i].A.Step(byA, share);
            factors[i].B.Step(byB, share);
        }
        constant.Step(byStream.sum(0, keepdim: true), share);
    }

    // The gradient of the mean loss of these rows by the stream, [n, d_model]; null where none of them is scored.
    private static Tensor? ByStream(LayerBlock block, Tensor stream, int first)
    {
        if (block.IsLinear)
        {
            var (residual, targets) = block.Finish(stream, first);
            return block.LossGradient(residual, targets);
        }
        using var gradients = enable_grad();
        var leaf = stream.detach().requires_grad_(true);
        var (final, wanted) = block.Finish(leaf, first);
        if (wanted.shape[0] == 0)
            return null;
        Tensor byFinal;
        using (no_grad())
            byFinal = block.LossGradient(final.detach(), wanted);
        return autograd.grad([final], [leaf], [byFinal])[0];
    }

    // Whitened reads times A have unit variance; B's rows together write as much as the two heads do.
    private Factors Random(PatternTerm term, int width, int ranks, Random random)
    {
        double read = 1 / Math.Sqrt(width), written = _size / Math.Sqrt(ranks);
        var a = GaussianNoise.Create(random, width, term.Rank, read).ToTensor();
        var b = GaussianNoise.Create(random, term.Rank, width, StartShare * written).ToTensor();
        return new(term.Pattern, new(a, RateShare * read), new(b, RateShare * written));
    }

    private Factors Started(PatternTerm term, FactoredMatrix start)
    {
        var a = _whitening[term.Pattern].Back.matmul(start.A.ToTensor());
        var b = start.B.ToTensor();
        return new(term.Pattern, new(a, RateShare * Rms(a)), new(b, RateShare * Rms(b)));

        static double Rms(Tensor tensor) => Math.Sqrt(tensor.MeanSquare());
    }

    // A circuit as it is fitted: A [d_model, r] after the whitening of what it reads, B [r, d_model].
    private sealed record Factors(HeadIndex Pattern, AdamTensor A, AdamTensor B);
}
