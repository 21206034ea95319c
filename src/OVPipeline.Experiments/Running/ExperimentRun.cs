using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>One run of an experiment: the laboratory, a place to keep finished parts, progress and cancellation.</summary>
public sealed class ExperimentRun
{
    private readonly ResultParts _parts;

    internal ExperimentRun(
        Laboratory laboratory, ResultParts parts, IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        Laboratory = laboratory;
        _parts = parts;
        Progress = progress;
        CancellationToken = cancellationToken;
    }

    /// <summary>The model and what several experiments want to know of it.</summary>
    public Laboratory Laboratory { get; }

    /// <summary>Told where the experiment stands; null for nobody.</summary>
    public IProgress<ExperimentProgress>? Progress { get; }

    /// <summary>Stops within a step.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>The pipelines' context, seeded.</summary>
    public MLContext ML => Laboratory.ML;

    /// <summary>The model.</summary>
    public TransformerCheckpoint Model => Laboratory.Model;

    /// <summary>Sizes of the model.</summary>
    public TransformerConfig Config => Model.Weights.Config;

    /// <summary>The rank of one head's OV circuit: the width of its values, at most d_model.</summary>
    public int HeadRank => Laboratory.HeadRank;

    /// <summary>A row for each token: TokenId, Token.</summary>
    public IDataView Tokens => Laboratory.Tokens;

    /// <summary>Measures circuits and fits copiers on the model's tokens.</summary>
    public CopyingMeasure Copying => Laboratory.Copying;

    /// <summary>Every head alone, best copier first.</summary>
    public IReadOnlyList<CopyingRow> Heads => Laboratory.Heads(Progress, CancellationToken);

    /// <summary>The best pair whose heads share a layer, or null where no layer has two heads.</summary>
    public CopyingRow? BestPair => Laboratory.BestPair(Progress, CancellationToken);

    /// <summary>Which heads copy, and which two of a layer together.</summary>
    public CopyingHeads Found => Laboratory.CopyingHeads(Progress, CancellationToken);

    /// <summary>The two heads that experiments on behaviour are about.</summary>
    public Gate Gate => Laboratory.Gate(Progress, CancellationToken);

    /// <summary>Counts steps, of so many in all.</summary>
    public StepCounter Steps(int total) => new(total, Progress, CancellationToken);

    /// <summary>A part of the result: taken where it is kept, else computed and kept. T is written as JSON.</summary>
    /// <param name="name">Its name: letters, digits, dots and hyphens.</param>
    /// <param name="compute">Computes it.</param>
    public T Part<T>(string name, Func<T> compute) where T : class => _parts.GetOrAdd(name, compute);

    /// <summary>What was kept of a part, such as of one that was begun; null where there is nothing.</summary>
    internal T? Kept<T>(string name) where T : class => _parts.Get<T>(name);

    /// <summary>Keeps a part, or what there is of it.</summary>
    internal void Keep<T>(string name, T value) where T : class => _parts.Put(name, value);

    /// <summary>A circuit's figures, on every token or on the given rows.</summary>
    /// <param name="kind">What kind of circuit it is.</param>
    /// <param name="name">What tables call it.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="data">Rows with <c>TokenId</c>; null for every token.</param>
    /// <param name="label">The column of the token that is to rank first.</param>
    public CircuitResult Result(CircuitKind kind, string name, TokenCircuit circuit, IDataView? data = null, string label = "TokenId")
    {
        var row = Copying.Circuit(kind, name, circuit, data, label, CancellationToken);
        double? byFrequency = Laboratory.Counts is { } counts && data is null
            ? Copying.ByFrequency(circuit, counts, CancellationToken)
            : null;
        return new(row, circuit.Residual.FrobeniusNorm(), byFrequency);
    }
}
