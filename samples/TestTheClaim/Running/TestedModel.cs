using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>A model and what several experiments want to know of it, found once.</summary>
internal sealed class TestedModel
{
    // Above this many heads, pairs are formed within the layer of the best head only.
    private const int MostHeadsToPair = 30;

    private readonly PartCache _parts;
    private IReadOnlyList<CopyingRow>? _heads, _pairs;

    public TestedModel(TransformerCheckpoint model, int seed, PartCache parts)
    {
        (Model, ML, _parts) = (model, new MLContext(seed), parts);
        Tokens = ML.Data.LoadVocabulary(model);
        Measure = new(ML, model, Tokens);
    }

    public TransformerCheckpoint Model { get; }

    public MLContext ML { get; }

    public IDataView Tokens { get; }

    /// <summary>Measures circuits and fits copiers.</summary>
    public CopyingMeasure Measure { get; }

    /// <summary>What a token's embedding is in effect at the last layer, where there is a forward pass; null, and the reason, where there is none.</summary>
    public EffectiveEmbedding? Effective { get; init; }

    /// <summary>Why <see cref="Effective"/> is null.</summary>
    public string NoEffective { get; init; } = "the forward pass is not connected yet";

    /// <summary>How often each token occurs in text; null where there is no text or no tokenizer.</summary>
    public TokenCounts? Counts { get; init; }

    /// <summary>Why <see cref="Counts"/> is null.</summary>
    public string NoCounts { get; init; } = "no text was given";

    /// <summary>Every head alone, best copier first (top-1, then MRR).</summary>
    public IReadOnlyList<CopyingRow> Heads(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken) =>
        _heads ??= _parts.GetOrAdd("heads", () => Ranked([.. Model.Weights.Config.AllHeads.Select(head => new[] { head })], CircuitKind.Head, progress, cancellationToken));

    /// <summary>Every pair of heads, best copier first: of the whole model, or of the best head's layer where the model has many heads.</summary>
    public IReadOnlyList<CopyingRow> Pairs(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var config = Model.Weights.Config;
        HeadIndex[] heads = config.Layers * config.Heads <= MostHeadsToPair
            ? [.. config.AllHeads]
            : [.. config.HeadsOf(Heads(progress, cancellationToken)[0].Heads[0].Layer)];
        return _pairs ??= _parts.GetOrAdd("pairs", () => Ranked([.. heads.SelectMany((a, i) => heads.Skip(i + 1).Select(b => new[] { a, b }))], CircuitKind.Pair, progress, cancellationToken));
    }

    /// <summary>The best pair whose heads share a layer, or null where no layer has two heads.</summary>
    public CopyingRow? BestPair(CancellationToken cancellationToken) =>
        Pairs(null, cancellationToken).FirstOrDefault(pair => pair.Heads[0].Layer == pair.Heads[1].Layer);

    private CopyingRow[] Ranked(HeadIndex[][] sums, CircuitKind kind, IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var rows = sums.Select((heads, i) =>
        {
            progress?.Report(new((double)i / sums.Length, $"scoring {string.Join(" + ", heads)}"));
            return Measure.Heads(kind, heads, cancellationToken);
        });
        return [.. rows.OrderByDescending(row => row.Top1).ThenByDescending(row => row.Mrr)];
    }
}
