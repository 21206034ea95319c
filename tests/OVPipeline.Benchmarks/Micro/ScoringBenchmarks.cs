using BenchmarkDotNet.Attributes;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>A block of rows against a vocabulary, by what is asked for.</summary>
[MemoryDiagnoser]
public class ScoringBenchmarks
{
    private const int Vocabulary = 16384, Width = 128, Rows = 1536;

    private TokenCircuit _circuit = null!;

    /// <summary>r.</summary>
    [Params(64, 128)]
    public int Rank { get; set; }

    /// <summary>Makes the circuit; its columns are packed by the warm-up.</summary>
    [GlobalSetup]
    public void Setup() => _circuit = SyntheticHead.Create(Vocabulary, Width, Rank, seed: 1);

    /// <summary>The rank of the label.</summary>
    [Benchmark(Baseline = true)]
    public int[] LabelRank() => Score(new() { LabelRank = true }).LabelRanks;

    /// <summary>The five highest logits.</summary>
    [Benchmark]
    public int[] Top5() => Score(new() { TopK = 5 }).TopTokens;

    /// <summary>The hundred highest logits.</summary>
    [Benchmark]
    public int[] Top100() => Score(new() { TopK = 100 }).TopTokens;

    /// <summary>Log-sum-exp: the label's log-loss.</summary>
    [Benchmark]
    public double[] LogLoss() => Score(new() { LabelLogLoss = true }).LabelLogLosses;

    /// <summary>What a pipeline asks for.</summary>
    [Benchmark]
    public double[] Top5RankAndLogLoss() => Score(new() { TopK = 5, LabelRank = true, LabelLogLoss = true }).LabelLogLosses;

    private ScoredRows Score(ScoringOptions options) => Copying.Score(_circuit, options, Rows);
}
