using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Fits OV circuits to next-token loss under fixed patterns, all else frozen. The patterns and what they read do not depend on these
/// circuits, so nothing but the unembedding is run: the gradient is <c>(softmax - one-hot) W_U'</c>.
/// </summary>
public sealed class CircuitFit
{
    // Of the root mean square of a factor, the step that Adam takes at first; random factors B start at this share of their final size, so
    // that what they write at first does little harm. Both were set by hand, for fits of a few hundred steps.
    private const double RateShare = 0.05, StartShare = 0.3;

    private readonly PairOnText _text;
    private readonly IReadOnlyList<LayerBlock> _blocks;
    private readonly int _rows;
    private readonly Dictionary<HeadIndex, ReadWhitening> _whitening;

    // Root mean square of what the two heads write.
    private readonly double _size;

    /// <summary>Fits in the place of two heads.</summary>
    /// <param name="text">The two heads.</param>
    /// <param name="blocks">Training text, one block or more of one size; each position is seen once.</param>
    /// <param name="rows">Positions in a step, at most a block's.</param>
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
        _rows = (int)Math.Min(rows, blocks[0].Targets.shape[0]);
        HeadIndex[] heads = [text.A, text.B];
        _whitening = heads.ToDictionary(head => head, head => ReadWhitening.Of(blocks.Select(block => block.Reads[head])));
        PatternCircuit[] own = [.. heads.Select(head => new PatternCircuit(head, text.Own(head)))];
        using var scope = NewDisposeScope();
        _size = Math.Sqrt(blocks.Average(block => block.Written(own).MeanSquare()));
    }

    /// <summary>Steps of a fit.</summary>
    public int Steps => _blocks.Count * StepsOf(_blocks[0]);

    /// <summary>
    /// Circuits under patterns of heads, and one constant, which is what a fit of no circuits can still learn of the text.
    /// </summary>
    /// <param name="terms">Whose pattern, A's or B's, and the rank of the circuit; none for the constant alone.</param>
    /// <param name="seed">Seed of the first weights and of the order of the text.</param>
    /// <param name="start">Circuits to start from, of these ranks; null for random ones.</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public FittedCircuits Fit(IReadOnlyList<PatternTerm> terms, int seed, IReadOnlyList<FactoredMatrix>? start = null)
    {
        ArgumentNullException.ThrowIfNull(terms);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        var unembedding = _text.Forward.Weights.W_U.ToTensor();
        int width = (int)unembedding.shape[0];
        int ranks = terms.Sum(term => term.Rank);
        Factors[] factors = [.. terms.Select((term, i) => start is null ? Random(term, width, ranks, random) : Started(term, start[i]))];
        var first = terms.Count == 0 ? _text.Mean(_text.A).Plus(_text.Mean(_text.B)) : zeros(1, width);
        var constant = new AdamTensor(first, RateShare * _size);
        (LayerBlock Block, int First)[] order =
            [.. _blocks.SelectMany(block => Enumerable.Range(0, StepsOf(block)).Select(part => (block, part * _rows)))];
        random.Shuffle(order);
        for (int step = 0; step < order.Length; step++)
        {
            _text.Forward.CancellationToken.ThrowIfCancellationRequested();
            double share = 0.5 * (1 + Math.Cos(Math.PI * step / order.Length));
            using var inner = NewDisposeScope();
            Step(factors, constant, order[step].Block, order[step].First, unembedding, share);
        }
        return new([.. factors.Select(Circuit)], constant.Value.ToMatrix());

        PatternCircuit Circuit(Factors one) =>
            new(one.Pattern, new FactoredMatrix(_whitening[one.Pattern].Into.matmul(one.A.Value).ToMatrix(), one.B.Value.ToMatrix()));
    }

    private int StepsOf(LayerBlock block) => (int)(block.Targets.shape[0] / _rows);

    // One step of all factors on rows of a block, [_rows, ...]. What they read is whitened: Read = (pattern x inputs) Into.
    private void Step(Factors[] factors, AdamTensor constant, LayerBlock block, int first, Tensor unembedding, double share)
    {
        var targets = block.Targets.narrow(0, first, _rows).unsqueeze(1);
        Tensor[] reads = [.. factors.Select(one => block.Reads[one.Pattern].narrow(0, first, _rows).matmul(_whitening[one.Pattern].Into))];
        Tensor[] values = [.. factors.Select((one, i) => reads[i].matmul(one.A.Value))];
        var residual = block.Rest.narrow(0, first, _rows).Plus(constant.Value);
        for (int i = 0; i < factors.Length; i++)
            residual = residual.Plus(values[i].matmul(factors[i].B.Value));
        var byLogits = _text.Forward.Unembed(residual).softmax(-1);
        byLogits.scatter_add_(1, targets, ones_like(targets, dtype: ScalarType.Float32).negative());
        var byResidual = byLogits.matmul(unembedding.t()).Over(_rows);
        for (int i = 0; i < factors.Length; i++)
        {
            var byB = values[i].t().matmul(byResidual);
            var byA = reads[i].t().matmul(byResidual.matmul(factors[i].B.Value.t()));
            factors[i].A.Step(byA, share);
            factors[i].B.Step(byB, share);
        }
        constant.Step(byResidual.sum(0, keepdim: true), share);
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
