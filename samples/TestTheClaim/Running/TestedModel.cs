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

    private readonly RunOptions _options;
    private readonly PartCache _parts;
    private readonly Lazy<TokenCounts> _counts;
    private readonly Lazy<EffectiveEmbedding?> _effective;
    private IReadOnlyList<CopyingRow>? _heads, _pairs;
    private Gate? _gate;

    public TestedModel(TransformerCheckpoint model, RunOptions options, PartCache parts, CancellationToken cancellationToken)
    {
        (Model, ML, _options, _parts) = (model, new MLContext(options.Seed), options, parts);
        _counts = new(() => parts.GetOrAdd("token-counts", () => TokenCounts.OfFolder(options.Text, model, cancellationToken)));
        Tokens = ML.Data.LoadVocabulary(model);
        Measure = new(ML, model, Tokens);
        Forward = new(model, options, null, cancellationToken);
        _effective = new(() => Forward.NoEffectiveEmbedding is null ? Forward.EffectiveEmbedding() : null);
    }

    public TransformerCheckpoint Model { get; }

    public MLContext ML { get; }

    public IDataView Tokens { get; }

    /// <summary>Measures circuits and fits copiers.</summary>
    public CopyingMeasure Measure { get; }

    /// <summary>The model run on text, where it can be.</summary>
    public ForwardModel Forward { get; init; }

    /// <summary>What a token's embedding is in effect at the last layer, where there is a forward pass; null, and the reason, where there is none.</summary>
    public EffectiveEmbedding? Effective => _effective.Value;

    /// <summary>Why <see cref="Effective"/> is null.</summary>
    public string NoEffective => Forward.NoEffectiveEmbedding ?? "";

    /// <summary>How often each token occurs in text; null where there is no text or no tokenizer.</summary>
    public TokenCounts? Counts => _counts.Value.Total > 0 ? _counts.Value : null;

    /// <summary>Why <see cref="Counts"/> is null.</summary>
    public string NoCounts => _counts.Value.Source;

    /// <summary>Every head alone, best copier first (top-1, then MRR).</summary>
    public IReadOnlyList<CopyingRow> Heads(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken) =>
        _heads ??= _parts.GetOrAdd("heads", () => Ranked([.. Model.Weights.Config.AllHeads.Select(head => new[] { head })], CircuitKind.Head, progress, cancellationToken));

    /// <summary>
    /// Every pair of heads, best copier first: of the whole model, or of the best head's layer where the model has many heads or the run is a quick
    /// one.
    /// </summary>
    public IReadOnlyList<CopyingRow> Pairs(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var config = Model.Weights.Config;
        HeadIndex[] heads = !_options.Quick && config.Layers * config.Heads <= MostHeadsToPair
            ? [.. config.AllHeads]
            : [.. config.HeadsOf(Heads(progress, cancellationToken)[0].Heads[0].Layer)];
        return _pairs ??= _parts.GetOrAdd("pairs", () => Ranked([.. heads.SelectMany((a, i) => heads.Skip(i + 1).Select(b => new[] { a, b }))], CircuitKind.Pair, progress, cancellationToken));
    }

    /// <summary>The best pair whose heads share a layer, or null where no layer has two heads.</summary>
    public CopyingRow? BestPair(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken) =>
        Pairs(progress, cancellationToken).FirstOrDefault(pair => pair.Heads[0].Layer == pair.Heads[1].Layer);

    /// <summary>The two heads that the behaviour experiments are about.</summary>
    public Gate Gate(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var copying = Heads(progress, cancellationToken);
        progress?.Report(new(0, "induction scores"));
        return _gate ??= _parts.GetOrAdd("gate", () => TestTheClaim.Gate.Of([.. Forward.Induction().Select(one => new GateRow(one.Head, one.Score, copying.First(row => row.Heads[0] == one.Head).Top1))]));
    }

    private CopyingRow[] Ranked(HeadIndex[][] sums, CircuitKind kind, IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var rows = sums.Select((heads, i) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new(0, $"scoring {kind.ToString().ToLowerInvariant()} {i + 1} of {sums.Length}"));
            return Measure.Heads(kind, heads, cancellationToken);
        });
        return [.. rows.OrderByDescending(row => row.Top1).ThenByDescending(row => row.Mrr)];
    }
}
