using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Samples;

namespace OVPipeline.Benchmarks;

/// <summary>Exact scoring, ours and libtorch's, in turn.</summary>
internal static class ScoringComparison
{
    private static readonly CpuEngine EveryTile = new() { SavedWork = SavedWork.None };

    // Of its last layer, whose heads 7 and 10 copy most, and of its first, which copies nothing: of rank 32 each.
    private static readonly HeadIndex[][] s_real =
        [[new(5, 7), new(5, 10)], [new(0, 0), new(0, 1)], [new(5, 7), new(5, 10), new(5, 0), new(5, 1)]];

    /// <summary>Measures an ordinary head and a trained copier of each rank, and heads of a real model.</summary>
    public static IEnumerable<ScoringResult> Run(CompareOptions options, CancellationToken cancellationToken)
    {
        foreach (int rank in options.Ranks)
        {
            yield return Compare(SyntheticHead.Create(options.Vocabulary, options.Width, rank, seed: 1), options, cancellationToken);
            yield return Compare(TrainedCopier(options, rank, cancellationToken), options, cancellationToken);
        }
        string folder = Path.Combine(Path.GetTempPath(), MiniLMPackage.Name);
        MiniLMPackage.Unpack(folder);
        var model = TransformerCheckpoint.Load(folder).Weights;
        foreach (var heads in s_real)
            yield return Compare(Real(model, heads), options, cancellationToken);
    }

    private static TokenCircuit Real(TransformerWeights model, HeadIndex[] heads)
    {
        var circuit = TokenCircuit.OfHeads(model, heads);
        return new($"{MiniLMPackage.Name}, {circuit.Name}, rank {circuit.Rank}", circuit.H, circuit.G, circuit.Residual);
    }

    /// <summary>A copier that our fitter trained to the end.</summary>
    public static TokenCircuit TrainedCopier(CompareOptions options, int rank, CancellationToken cancellationToken)
    {
        var model = SyntheticModel.Create(options.Vocabulary, options.Width, options.Noises[0], seed: 1);
        var fit = LowRankFitter.Fit(model.Embedding, model.Unembedding, FitExamples.Copying(options.Vocabulary), new() { Rank = rank },
            cancellationToken: cancellationToken);
        return Copying.CircuitOf(model, fit.Residual);
    }

    private static ScoringResult Compare(TokenCircuit circuit, CompareOptions options, CancellationToken cancellationToken)
    {
        int vocabulary = circuit.Vocabulary, slowRows = Math.Clamp((int)(vocabulary * options.SlowRows), 1, vocabulary);
        var packed = circuit;
        void Unpack() => packed = Copying.Unpacked(circuit);
        Contestant Ours(string name, ScoringOptions outputs, CpuEngine? engine = null) =>
            new(name, vocabulary, rows => Copying.Score(packed, outputs, rows, engine)) { Prepare = Unpack };
        int uncertified = 0;
        using var torch = options.HasTorch ? new TorchScoring(circuit) : null;
        var counts = new (long Top1, long Top5)[2];
        Contestant Torch(string name, int index, Action<int> run) => new(name, slowRows, rows =>
        {
            run(rows);
            counts[index] = torch!.Last;
        });
        ScoringOptions rank = new() { LabelRank = true };
        List<Contestant> contestants =
        [
            Ours("ours, rank of the label", rank),
            Ours("ours, top 5", new() { TopK = 5 }),
            Ours("ours, rank, no tile left out", rank, EveryTile),
            new("the same kernel, uncertified count", vocabulary, rows => uncertified = UncertifiedCount.Top1(packed, rows))
            {
                Prepare = Unpack,
            },
        ];
        int ours = contestants.Count;
        if (torch is not null)
        {
            contestants.Add(Torch("libtorch, topk(5) of batches of 100", 0, torch.TopK));
            contestants.Add(Torch("libtorch, count above in a reused buffer", 1, torch.CountAbove));
        }
        var (measurements, peak) = Interleaving.Run(contestants, options.Rounds, cancellationToken);
        var all = Copying.Count(circuit, vocabulary);
        var same = slowRows == vocabulary ? all : Copying.Count(circuit, slowRows);
        var lines = contestants.Select((contestant, i) =>
        {
            bool isOurs = i < ours;
            var seconds = measurements[i].Seconds.Times((double)vocabulary / contestant.Rows);
            double gigaflops = 2.0 * vocabulary * vocabulary * circuit.Rank / seconds.Median / 1e9;
            var (top1, top5) = isOurs ? (all.Top1, all.Top5) : counts[i - ours];
            double? timesOurs = isOurs ? null : seconds.Median / measurements[i == ours ? 1 : 0].Seconds.Median;
            long? differ = isOurs ? null : Math.Max(Math.Abs(top1 - same.Top1), Math.Abs(top5 - same.Top5));
            return new ScoringLine(contestant.Name, contestant.Rows, seconds, gigaflops, gigaflops / peak.Median,
                measurements[i].PeakMegabytes, timesOurs, (double)top1 / contestant.Rows, (double)top5 / contestant.Rows, differ);
        });
        var certification = measurements[2].Seconds.Median / measurements[3].Seconds.Median - 1;
        return new(
            circuit.Name, vocabulary, circuit.Rank, peak, all.RecheckedRows, certification, Math.Abs(all.Top1 - uncertified), [.. lines]);
    }
}
