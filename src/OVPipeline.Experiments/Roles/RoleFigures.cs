using System.Text.Json.Serialization;
using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>What two heads do at positions of each context: sums over each validation block.</summary>
/// <param name="Blocks">By block, by cell of <see cref="TextContexts"/>.</param>
/// <param name="Books">The book of each block.</param>
public sealed record RoleFigures(IReadOnlyList<IReadOnlyList<RoleSums>> Blocks, IReadOnlyList<int> Books)
{
    /// <summary>Intervals over the blocks.</summary>
    [JsonIgnore]
    public BlockIntervals Intervals => field ??= new(Books);

    /// <summary>The mean of a measure over the positions of some cells in some blocks; NaN where there are none.</summary>
    /// <param name="measure">What is summed of a cell, such as <see cref="RoleSums.LossA"/>.</param>
    /// <param name="cells">The cells.</param>
    /// <param name="blocks">The blocks, by their 0-based numbers.</param>
    public double Mean(Func<RoleSums, double> measure, IReadOnlyList<int> cells, IReadOnlyList<int> blocks) =>
        MeanOf(measure, cells)(blocks);

    /// <summary>Positions of some cells.</summary>
    public long Positions(IReadOnlyList<int> cells) => Blocks.Sum(block => cells.Sum(cell => block[cell].Positions));

    /// <summary>The mean with its interval over blocks.</summary>
    /// <inheritdoc cref="Mean" path="/param"/>
    public ConfidenceInterval Interval(Func<RoleSums, double> measure, IReadOnlyList<int> cells) =>
        Intervals.Of(MeanOf(measure, cells));

    /// <summary>
    /// <c>S = log[(d_A,i / d_B,i) / (d_A,ii / d_B,ii)]</c>: above 0 where A does relatively more for induction than B. NaN where an effect
    /// is not positive, as a ratio of such effects means nothing.
    /// </summary>
    /// <param name="ofA">The effect of A.</param>
    /// <param name="ofB">The same of B.</param>
    /// <param name="induction">Cells of induction (i).</param>
    /// <param name="seen">Cells of seen tokens (ii).</param>
    public ConfidenceInterval Specialization(
        Func<RoleSums, double> ofA, Func<RoleSums, double> ofB, IReadOnlyList<int> induction, IReadOnlyList<int> seen)
    {
        ConfidenceInterval[] effects = [Interval(ofA, induction), Interval(ofB, induction), Interval(ofA, seen), Interval(ofB, seen)];
        static bool IsPositive(ConfidenceInterval effect) => (double.IsNaN(effect.Low) ? effect.Estimate : effect.Low) > 0;
        if (!effects.All(IsPositive))
            return ShownIntervals.None();
        var (aInduction, bInduction) = (MeanOf(ofA, induction), MeanOf(ofB, induction));
        var (aSeen, bSeen) = (MeanOf(ofA, seen), MeanOf(ofB, seen));
        return Intervals.Of(blocks => LogRatio(aInduction(blocks), bInduction(blocks), aSeen(blocks), bSeen(blocks)));
    }

    /// <summary>Measures two heads on validation text. An ablated head writes its mean over training text.</summary>
    /// <param name="text">The two heads.</param>
    /// <param name="contexts">Contexts in the model's vocabulary.</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public static RoleFigures Measure(PairOnText text, TextContexts contexts)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(contexts);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        return new([.. text.Validation.Select(block => SumsOf(text, contexts, block))], text.Books);
    }

    private static double LogRatio(double aInduction, double bInduction, double aSeen, double bSeen) =>
        Math.Log(aInduction / bInduction / (aSeen / bSeen));

    private static RoleSums[] SumsOf(PairOnText text, TextContexts contexts, LayerBlock block)
    {
        text.Forward.CancellationToken.ThrowIfCancellationRequested();
        using var inner = NewDisposeScope();
        var a = block.Written([new(text.A, text.Own(text.A))]);
        var b = block.Written([new(text.B, text.Own(text.B))]);
        var (meanA, meanB) = (text.Mean(text.A), text.Mean(text.B));
        var unembedding = block.Directions();
        var centred = unembedding - unembedding.mean([1], keepdim: true); // logits mean something up to a constant only
        var targets = centred.index_select(1, block.Targets).t(); // [M, d_model]
        var full = Losses(block.Rest.Plus(a).Plus(b));
        double[] logitA = (block.Direct(a) * targets).sum(1).Values();
        double[] logitB = (block.Direct(b) * targets).sum(1).Values();
        double[] lossA = Rise(block.Rest.Plus(meanA).Plus(b));
        double[] lossB = Rise(block.Rest.Plus(a).Plus(meanB));
        double[] lossBoth = Rise(block.Rest.Plus(meanA).Plus(meanB));
        RoleSums[] sums = [.. Enumerable.Repeat(new RoleSums(0, 0, 0, 0, 0, 0), TextContexts.Cells)];
        int[] cells = CellsOf(contexts, block);
        for (int i = 0; i < cells.Length; i++)
        {
            if (cells[i] != TextContexts.NoCell)
                sums[cells[i]] = sums[cells[i]].Plus(new(1, logitA[i], logitB[i], lossA[i], lossB[i], lossBoth[i]));
        }
        return sums;

        Tensor Losses(Tensor stream) => block.Losses(block.Finish(stream));
        double[] Rise(Tensor stream) => (Losses(stream) - full).Values();
    }

    // Of scored positions.
    private static int[] CellsOf(TextContexts contexts, LayerBlock block)
    {
        long[] inputs = block.Inputs.contiguous().Copied<long>(), targets = block.AllTargets.contiguous().Copied<long>();
        int length = (int)block.Inputs.shape[1];
        int[] WindowCells(int row) => contexts.CellsOf(inputs.AsSpan(row * length, length), targets.AsSpan(row * length, length));
        int[] cells = [.. Enumerable.Range(0, inputs.Length / length).SelectMany(WindowCells)];
        return [.. Enumerable.Range(0, cells.Length).Where(row => targets[row] != TokenSequences.NoTarget).Select(row => cells[row])];
    }

    // Cells are summed once, not for every resample.
    private Func<IReadOnlyList<int>, double> MeanOf(Func<RoleSums, double> measure, IReadOnlyList<int> cells)
    {
        double[] sums = [.. Blocks.Select(block => cells.Sum(cell => measure(block[cell])))];
        long[] positions = [.. Blocks.Select(block => cells.Sum(cell => block[cell].Positions))];
        return blocks =>
        {
            double sum = 0;
            long of = 0;
            foreach (int block in blocks)
            {
                sum += sums[block];
                of += positions[block];
            }
            return sum / of;
        };
    }
}

/// <summary>What two heads do at the positions of a cell of a block, summed over these.</summary>
/// <param name="Positions">How many they are.</param>
/// <param name="LogitA">What A adds to the correct logit, logits centred over the vocabulary.</param>
/// <param name="LogitB">The same of B.</param>
/// <param name="LossA">What the loss rises by where A writes its mean, in nats.</param>
/// <param name="LossB">The same of B.</param>
/// <param name="LossBoth">The same of both.</param>
public sealed record RoleSums(long Positions, double LogitA, double LogitB, double LossA, double LossB, double LossBoth)
{
    internal RoleSums Plus(RoleSums other) => new(
        Positions + other.Positions, LogitA + other.LogitA, LogitB + other.LogitB, LossA + other.LossA, LossB + other.LossB,
        LossBoth + other.LossBoth);
}
