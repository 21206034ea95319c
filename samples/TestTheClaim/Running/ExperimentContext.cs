using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>What an experiment works with: the model, its tokens as ML.NET data, the options, and a place to keep finished parts.</summary>
internal sealed class ExperimentContext(TestedModel tested, RunOptions options, PartCache parts)
{
    /// <summary>The pipelines' context, seeded.</summary>
    public MLContext ML => tested.ML;

    /// <summary>What is known of the model beside its weights: heads and pairs by copying, token counts, effective embeddings.</summary>
    public TestedModel Tested => tested;

    /// <summary>The model.</summary>
    public TransformerCheckpoint Model => tested.Model;

    /// <summary>Sizes of the model.</summary>
    public TransformerConfig Config => tested.Model.Weights.Config;

    /// <summary>The rank of one head's OV circuit: the width of its values, at most d_model.</summary>
    public int HeadRank => Math.Min(Config.DValue, Config.DModel);

    /// <summary>A row for each token: TokenId, Token.</summary>
    public IDataView Tokens => tested.Tokens;

    /// <summary>The options.</summary>
    public RunOptions Options => options;

    /// <summary>Measures circuits and fits copiers.</summary>
    public CopyingMeasure Measure => tested.Measure;

    /// <summary>A circuit's figures, on every token or on the given rows.</summary>
    public CircuitResult Result(CircuitKind kind, string name, TokenCircuit circuit, CancellationToken cancellationToken, IDataView? data = null, string label = "TokenId") =>
        new(Measure.Circuit(kind, name, circuit, cancellationToken, data, label), circuit.Residual.FrobeniusNorm(),
            tested.Counts is { } counts && data is null ? Measure.ByFrequency(circuit, counts, cancellationToken) : null);

    /// <summary>A part of the experiment: taken from the cache where it is there, else computed and kept. T is written as JSON.</summary>
    public T Part<T>(string name, Func<T> compute) where T : class => parts.GetOrAdd(name, compute);
}
