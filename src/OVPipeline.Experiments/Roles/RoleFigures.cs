using System.Text.Json.Serialization;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>What two heads do at positions of each context: sums over each validation block.</summary>
/// <param name="Blocks">By block, by cell of <see cref="TextContexts"/>, by measure.</param>
/// <param name="Books">The book of each block.</param>
internal sealed record RoleFigures(double[][][] Blocks, int[] Books)
{
    /// <summary>Measures of a cell: how many positions, correct-logit attribution of A and B, what the loss rises without A, without B, without both.</summary>
    public const int Count = 0, LogitA = 1, LogitB = 2, LossA = 3, LossB = 4, LossBoth = 5, Measures = 6;

    /// <summary>Intervals over the blocks.</summary>
    [JsonIgnore]
    public BlockIntervals Intervals => field ??= new(Books);

    /// <summary>The mean of a measure over the positions of some cells in some blocks.</summary>
    public double Mean(int measure, IReadOnlyList<int> cells, IReadOnlyList<int> blocks) => Sum(measure, cells, blocks) / Sum(Count, cells, blocks);

    /// <summary>Positions of some cells.</summary>
    public double Positions(IReadOnlyList<int> cells) => Sum(Count, cells, [.. Enumerable.Range(0, Blocks.Length)]);

    /// <summary>The mean with its interval over blocks.</summary>
    public ConfidenceInterval Interval(int measure, IReadOnlyList<int> cells) => Intervals.Of(blocks => Mean(measure, cells, blocks));

    /// <summary>
    /// <c>S = log[(d_A,i / d_B,i) / (d_A,ii / d_B,ii)]</c>: above 0 where A does relatively more for induction than B. NaN where an effect is not
    /// positive, as a ratio of such effects means nothing.
    /// </summary>
    public ConfidenceInterval Specialization(int ofA, int ofB, IReadOnlyList<int> induction, IReadOnlyList<int> seen)
    {
        double[] effects = [.. new[] { (ofA, induction), (ofB, induction), (ofA, seen), (ofB, seen) }.Select(one => Interval(one.Item1, one.Item2)).Select(one => double.IsNaN(one.Low) ? one.Estimate : one.Low)];
        return effects.Any(effect => !(effect > 0)) ? ShownIntervals.None()
            : Intervals.Of(blocks => Log(Mean(ofA, induction, blocks), Mean(ofB, induction, blocks), Mean(ofA, seen, blocks), Mean(ofB, seen, blocks)));
    }

    /// <summary>S of four effects.</summary>
    public static double Log(double aInduction, double bInduction, double aSeen, double bSeen) => Math.Log(aInduction / bInduction / (aSeen / bSeen));

    /// <summary>Measures two heads on validation text. An ablated head writes its mean over training text.</summary>
    public static RoleFigures Measure(PairOnText text, TextContexts contexts)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var unembedding = text.Forward.Weights.W_U.ToTensor();
        var centre = unembedding.mean([1], keepdim: true); // logits mean something up to a constant only
        return new([.. text.Validation.Select(block =>
        {
            text.Forward.CancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var a = block.Written([(text.A, text.Own(text.A))]);
            var b = block.Written([(text.B, text.Own(text.B))]);
            var (meanA, meanB) = (text.Mean(text.A), text.Mean(text.B));
            var targets = (unembedding - centre).index_select(1, block.Targets).t(); // [N, d_model]
            var full = Losses(block.Rest.Plus(a).Plus(b));
            double[][] measures =
            [
                [], (a * targets).sum(1).Values(), (b * targets).sum(1).Values(),
                (Losses(block.Rest.Plus(meanA).Plus(b)) - full).Values(), (Losses(block.Rest.Plus(a).Plus(meanB)) - full).Values(), (Losses(block.Rest.Plus(meanA).Plus(meanB)) - full).Values(),
            ];
            double[][] sums = [.. Enumerable.Range(0, TextContexts.Cells).Select(_ => new double[Measures])];
            int[] cells = CellsOf(block);
            for (int i = 0; i < cells.Length; i++)
                if (cells[i] >= 0)
                    for (int measure = 0; measure < Measures; measure++)
                        sums[cells[i]][measure] += measure == Count ? 1 : measures[measure][i];
            return sums;

            Tensor Losses(Tensor residual) => text.Forward.Unembed(residual).NextTokenLosses(block.Targets);
        })], [.. text.Books]);

        int[] CellsOf(LayerBlock block)
        {
            long[] inputs = block.Inputs.contiguous().data<long>().ToArray(), targets = block.Targets.data<long>().ToArray();
            int length = (int)block.Inputs.shape[1];
            return [.. Enumerable.Range(0, inputs.Length / length).SelectMany(row => contexts.CellsOf(inputs.AsSpan(row * length, length), targets.AsSpan(row * length, length)))];
        }
    }

    private double Sum(int measure, IReadOnlyList<int> cells, IReadOnlyList<int> blocks)
    {
        double sum = 0;
        foreach (int block in blocks)
            foreach (int cell in cells)
                sum += Blocks[block][cell][measure];
        return sum;
    }
}
