using BenchmarkDotNet.Attributes;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>The parts of a fit: its start, and steps after it.</summary>
public class FittingBenchmarks
{
    private const int Vocabulary = 8192, Width = 256, Rank = 32;

    private SyntheticModel _model = null!;
    private FitExamples _examples = null!;
    private FactoredMatrix _start = null!;

    /// <summary>Steps taken; none gives the cost of everything else, so one step is the difference.</summary>
    [Params(0, 1)]
    public int Steps { get; set; }

    /// <summary>Makes the model and a start.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _model = SyntheticModel.Create(Vocabulary, Width, 0.5, seed: 1);
        _examples = FitExamples.Copying(Vocabulary);
        _start = LowRankFitter.Fit(_model.Embedding, _model.Unembedding, _examples, new() { Rank = Rank, MaxSteps = 0 }).Residual;
    }

    /// <summary>From the canonical correlations of the two embeddings.</summary>
    [Benchmark(Baseline = true)]
    public LowRankFit ClosedFormStart() => Fit(new() { Rank = Rank, MaxSteps = Steps, Objective = FitObjective.MinedSoftmax });

    /// <summary>From given factors, mined softmax.</summary>
    [Benchmark]
    public LowRankFit Mined() => Fit(new()
    {
        Rank = Rank,
        MaxSteps = Steps,
        Objective = FitObjective.MinedSoftmax,
        InitialFactors = _start
    });

    /// <summary>From given factors, every logit of 512 rows.</summary>
    [Benchmark]
    public LowRankFit Full() => Fit(new()
    {
        Rank = Rank,
        MaxSteps = Steps,
        Objective = FitObjective.FullSoftmax,
        BatchSize = 512,
        InitialFactors = _start
    });

    private LowRankFit Fit(LowRankFitOptions options) => LowRankFitter.Fit(_model.Embedding, _model.Unembedding, _examples, options);
}
