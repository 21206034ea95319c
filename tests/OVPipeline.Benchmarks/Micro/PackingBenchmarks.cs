using BenchmarkDotNet.Attributes;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>What the first scoring of a circuit adds: a single row, mostly the packing of its columns.</summary>
public class PackingBenchmarks
{
    private TokenCircuit _circuit = null!;

    /// <summary>Makes the circuit.</summary>
    [GlobalSetup]
    public void Setup() => _circuit = SyntheticHead.Create(16384, 128, 64, seed: 1);

    /// <summary>A circuit that was never scored.</summary>
    [Benchmark]
    public int[] FirstRow() => Copying.Score(Copying.Unpacked(_circuit), new() { LabelRank = true }, 1).LabelRanks;

    /// <summary>The same row again.</summary>
    [Benchmark]
    public int[] LaterRow() => Copying.Score(_circuit, new() { LabelRank = true }, 1).LabelRanks;
}
