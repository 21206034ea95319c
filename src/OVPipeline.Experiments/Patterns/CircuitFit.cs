using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Fits OV circuits to next-token loss under fixed patterns, all else frozen. The patterns and what they read do not depend on these circuits, so
/// nothing but the unembedding is run: the gradient is <c>(softmax - one-hot) W_U'</c>.
/// </summary>
internal sealed class CircuitFit
{
    private const double RateShare = 0.05, StartShare = 0.3;

    private readonly PairOnText _text;
    private readonly IReadOnlyList<LayerBlock> _blocks;
    private readonly int _rows;
    private readonly Dictionary<HeadIndex, Whitening> _whitening;
    private readonly double _size;

    /// <param name="text">The two heads.</param>
    /// <param name="blocks">Training text; each position is seen once.</param>
    /// <param name="rows">Positions in a step, at most a block's.</param>
    public CircuitFit(PairOnText text, IReadOnlyList<LayerBlock> blocks, int rows)
    {
        (_text, _blocks, _rows) = (text, blocks, (int)Math.Min(rows, blocks[0].Targets.shape[0]));
        _whitening = new[] { text.A, text.B }.ToDictionary(head => head, head => Whitening.Of(blocks.Select(block => block.Reads[head])));
        using var scope = NewDisposeScope();
        _size = Math.Sqrt(blocks.Average(block => block.Written([(text.A, text.Own(text.A)), (text.B, text.Own(text.B))]).MeanSquare()));
    }

    /// <summary>Steps of a fit.</summary>
    public int Steps => _blocks.Count * (int)(_blocks[0].Targets.shape[0] / _rows);

    /// <summary>Circuits under patterns of heads, and one constant, which is what a fit of no circuits can still learn of the text.</summary>
    /// <param name="terms">Whose pattern, and the rank of the circuit; none for the constant alone.</param>
    /// <param name="seed">Seed of the first weights and of the order of the text.</param>
    /// <param name="start">Circuits to start from, of these ranks; null for random ones.</param>
    public FittedCircuits Fit(IReadOnlyList<(HeadIndex Pattern, int Rank)> terms, int seed, IReadOnlyList<FactoredMatrix>? start = null)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        var unembedding = _text.Forward.Weights.W_U.ToTensor();
        int width = (int)unembedding.shape[0];
        var factors = terms.Select((term, i) => (term.Pattern, A: Left(term, i), B: Right(term, i))).ToArray();
        var constant = new AdamTensor(terms.Count == 0 ? _text.Mean(_text.A).Plus(_text.Mean(_text.B)) : zeros(1, width), RateShare * _size);
        var order = _blocks.SelectMany(block => Enumerable.Range(0, (int)(block.Targets.shape[0] / _rows)).Select(part => (block, First: part * _rows))).ToArray();
        random.Shuffle(order);
        for (int step = 0; step < order.Length; step++)
        {
            _text.Forward.CancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var (block, first) = order[step];
            var targets = block.Targets.narrow(0, first, _rows).unsqueeze(1);
            var hidden = factors.Select(term => (Read: block.Reads[term.Pattern].narrow(0, first, _rows).matmul(_whitening[term.Pattern].Into), term)).Select(one => (one.Read, Value: one.Read.matmul(one.term.A.Value))).ToArray();
            var residual = block.Rest.narrow(0, first, _rows).Plus(constant.Value);
            for (int i = 0; i < factors.Length; i++)
                residual = residual.Plus(hidden[i].Value.matmul(factors[i].B.Value));
            var probabilities = _text.Forward.Unembed(residual).softmax(-1);
            probabilities.scatter_add_(1, targets, ones_like(targets, dtype: ScalarType.Float32).negative());
            var byResidual = probabilities.matmul(unembedding.t()).Over(_rows);
            double share = 0.5 * (1 + Math.Cos(Math.PI * step / order.Length));
            for (int i = 0; i < factors.Length; i++)
            {
                var byB = hidden[i].Value.t().matmul(byResidual);
                var byA = hidden[i].Read.t().matmul(byResidual.matmul(factors[i].B.Value.t()));
                factors[i].A.Step(byA, share);
                factors[i].B.Step(byB, share);
            }
            constant.Step(byResidual.sum(0, keepdim: true), share);
        }
        return new([.. factors.Select(term => (term.Pattern, new FactoredMatrix(_whitening[term.Pattern].Into.matmul(term.A.Value).ToMatrix(), term.B.Value.ToMatrix())))], constant.Value.ToMatrix());

        // Whitened reads times A have unit variance; B's rows together write as much as the two heads do.
        AdamTensor Left((HeadIndex Pattern, int Rank) term, int i)
        {
            double scale = 1 / Math.Sqrt(width);
            return new(start is null ? Noise(width, term.Rank, scale) : _whitening[term.Pattern].Back.matmul(start[i].A.ToTensor()), RateShare * (start is null ? scale : Rms(_whitening[term.Pattern].Back.matmul(start[i].A.ToTensor()))));
        }

        AdamTensor Right((HeadIndex Pattern, int Rank) term, int i)
        {
            double scale = _size / Math.Sqrt(terms.Sum(one => one.Rank));
            return new(start is null ? Noise(term.Rank, width, StartShare * scale) : start[i].B.ToTensor(), RateShare * (start is null ? scale : Rms(start[i].B.ToTensor())));
        }

        Tensor Noise(int rows, int columns, double scale) => GaussianNoise.Create(random, rows, columns, scale).ToTensor();

        static double Rms(Tensor tensor) => Math.Sqrt(tensor.MeanSquare());
    }
}
