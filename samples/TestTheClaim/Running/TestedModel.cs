using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>A model and what several experiments want to know of it, found once.</summary>
internal sealed class TestedModel
{
    private readonly RunOptions _options;
    private readonly PartCache _parts;
    private readonly Lazy<TokenCounts> _counts;
    private readonly Lazy<EffectiveEmbedding?> _effective;
    private CopyingHeads? _copying;
    private IReadOnlyList<CopyingRow>? _heads;
    private CopyingRow? _pair;
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

    /// <summary>
    /// What a token's embedding is in effect at the last layer, where there is a forward pass; null, and the reason, where there is none.
    /// </summary>
    public EffectiveEmbedding? Effective => _effective.Value;

    /// <summary>Why <see cref="Effective"/> is null.</summary>
    public string NoEffective => Forward.NoEffectiveEmbedding ?? "";

    /// <summary>How often each token occurs in text; null where there is no text or no tokenizer.</summary>
    public TokenCounts? Counts => _counts.Value.Total > 0 ? _counts.Value : null;

    /// <summary>Why <see cref="Counts"/> is null.</summary>
    public string NoCounts => _counts.Value.Source;

    /// <summary>Which heads copy, and which two of a layer together: the library's answer, that all samples share.</summary>
    public CopyingHeads Copying(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken) =>
        _copying ??= _parts.GetOrAdd("copying", () => ML.OVCircuits().FindCopyingHeads(Model, new()
        {
            Progress = new Progress<CopyingProgress>(at => progress?.Report(new(0, $"copying of {at.Heads}, {at.Done:N0} of {at.Total:N0}"))),
            CancellationToken = cancellationToken,
        }));

    /// <summary>Every head alone, best copier first.</summary>
    public IReadOnlyList<CopyingRow> Heads(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var found = Copying(progress, cancellationToken).Heads;
        return _heads ??= _parts.GetOrAdd<CopyingRow[]>("heads", () => [.. found.Select((head, i) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new(0, $"scoring head {i + 1} of {found.Count}"));
            return Measure.Heads(CircuitKind.Head, head.Heads, cancellationToken);
        })]);
    }

    /// <summary>The best pair whose heads share a layer, or null where no layer has two heads.</summary>
    public CopyingRow? BestPair(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken) =>
        _pair ??= Copying(progress, cancellationToken).BestPair is { } pair
            ? _parts.GetOrAdd("pair", () => Measure.Heads(CircuitKind.Pair, pair.Heads, cancellationToken))
            : null;

    /// <summary>The two heads that the behaviour experiments are about.</summary>
    public Gate Gate(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var copying = Heads(progress, cancellationToken);
        progress?.Report(new(0, "induction scores"));
        return _gate ??= _parts.GetOrAdd("gate", () => TestTheClaim.Gate.Of([.. Forward.Induction().Select(one => new GateRow(one.Head, one.Score, copying.First(row => row.Heads[0] == one.Head).Top1))])
            with
        { NoCopyingHead = CopyingSentences.NoCopyingHead(Copying(progress, cancellationToken)) });
    }
}
