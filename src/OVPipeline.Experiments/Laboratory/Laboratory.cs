using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// A model, and what several experiments want to know of it, found once: which heads copy, token counts, the model run on text. What it
/// finds is kept in its store, under the model's digest.
/// </summary>
public sealed class Laboratory
{
    // Raised where a figure of the shared parts changes.
    private const int Version = 3;

    private readonly ResultParts _parts;
    private readonly Lazy<TokenCounts> _counts;
    private readonly Lazy<MeanEmbedding?> _mean;
    private CopyingHeads? _copying;
    private IReadOnlyList<CopyingRow>? _heads;
    private CopyingRow? _pair;
    private Gate? _gate;

    /// <summary>A laboratory for a model.</summary>
    /// <param name="model">The model, as it was loaded and processed.</param>
    /// <param name="options">Text, store and seed; null for none of them.</param>
    /// <param name="text">The text as the model's tokens, where it does not come from the options' folder.</param>
    /// <exception cref="InvalidOperationException">
    /// The model's outputs are not its tokens, and the text has no targets of its own: nothing can be asked of it.
    /// </exception>
    public Laboratory(TransformerCheckpoint model, LaboratoryOptions? options = null, ModelText? text = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (text is not { HasTargets: true })
            model.Weights.Config.RequireCopying();
        Model = model;
        Options = options ?? new();
        ML = new MLContext(Options.Seed);
        Store = new(Options.Store, Options.Published);
        Tokens = ML.Data.LoadVocabulary(model);
        Copying = new(ML, model, Tokens);
        Forward = new(model, Options.Forward, text);
        Key = $"model {ModelDigest.Of(model)}, text {text?.Digest() ?? TokenCounts.DigestOf(Options.Text) ?? "none"}, seed {Options.Seed}, "
            + $"blocks {Options.ScalarBlocks}, {Options.JudgedBlocks}, {Options.EmbeddingBlocks}"
            + (Options.ScoredHeads is { } scored ? $", heads {scored}" : "");
        _parts = Store.Parts("model", $"model {Version}, {Key}");
        _counts = new(() => _parts.GetOrAdd("token-counts", Count));
        _mean = new(() => Forward.NoMeanEmbedding is null ? Forward.MeanEmbedding() : null);

        TokenCounts Count() => text is null
            ? TokenCounts.OfFolder(Options.Text, model, Options.CancellationToken)
            : TokenCounts.Of(text, model.Vocabulary.Count);
    }

    /// <summary>The model.</summary>
    public TransformerCheckpoint Model { get; }

    /// <summary>Text, store and seed.</summary>
    public LaboratoryOptions Options { get; }

    /// <summary>The pipelines' context, seeded.</summary>
    public MLContext ML { get; }

    /// <summary>Where results are kept.</summary>
    public ResultStore Store { get; }

    /// <summary>
    /// What results depend on beside an experiment's own options: digests of the model and its text, and the options here.
    /// </summary>
    public string Key { get; }

    /// <summary>A row for each token: TokenId, Token.</summary>
    public IDataView Tokens { get; }

    /// <summary>Measures circuits and fits copiers on the model's tokens.</summary>
    public CopyingMeasure Copying { get; }

    /// <summary>The model run on text, where it can be.</summary>
    public ForwardModel Forward { get; }

    /// <summary>The rank of one head's OV circuit: the width of its values, at most d_model.</summary>
    public int HeadRank => Math.Min(Model.Weights.Config.DValue, Model.Weights.Config.DModel);

    /// <summary>
    /// What a token's embedding is in effect at the last layer, where there is a forward pass; null, and the reason, where there is none.
    /// </summary>
    public MeanEmbedding? MeanEmbedding => _mean.Value;

    /// <summary>Why <see cref="MeanEmbedding"/> is null.</summary>
    public string NoMeanEmbedding => Forward.NoMeanEmbedding ?? "";

    /// <summary>How often each token occurs in text; null where there is no text or no tokenizer.</summary>
    public TokenCounts? Counts => _counts.Value.Total > 0 ? _counts.Value : null;

    /// <summary>Why <see cref="Counts"/> is null.</summary>
    public string NoCounts => _counts.Value.Source;

    /// <summary>Which heads copy, and which two of a layer together: the library's answer, that all samples share.</summary>
    public CopyingHeads CopyingHeads(
        IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default) =>
        _copying ??= _parts.GetOrAdd("copying", () => ML.OVCircuits().FindCopyingHeads(Model, new()
        {
            Progress = new Progress<CopyingProgress>(
                at => progress?.Report(new(0, $"copying of {at.Heads}, {at.Done:N0} of {at.Total:N0}"))),
            CancellationToken = cancellationToken,
        }));

    /// <summary>Every head alone, or as many as the options say, best copier first.</summary>
    public IReadOnlyList<CopyingRow> Heads(IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var all = CopyingHeads(progress, cancellationToken).Heads;
        CopyingCount[] found = [.. all.Take(Options.ScoredHeads ?? all.Count)];
        return _heads ??= _parts.GetOrAdd<CopyingRow[]>("heads", () => [.. found.Select((head, i) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new(0, $"scoring head {i + 1} of {found.Length}"));
            return Copying.Heads(CircuitKind.Head, head.Heads, cancellationToken);
        })]);
    }

    /// <summary>The best pair whose heads share a layer, or null where no layer has two heads.</summary>
    public CopyingRow? BestPair(IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default) =>
        _pair ??= CopyingHeads(progress, cancellationToken).BestPair is { } pair
            ? _parts.GetOrAdd("pair", () => Copying.Heads(CircuitKind.Pair, pair.Heads, cancellationToken))
            : null;

    /// <summary>
    /// The two heads of one layer that the behaviour experiments are about: without a forward pass by what heads copy, where copying is not
    /// defined by what they are worth.
    /// </summary>
    /// <exception cref="ArgumentException">No layer has two heads.</exception>
    public Gate Gate(IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        return _gate ??= _parts.GetOrAdd("gate", Choose);

        Gate Choose() => Model.Weights.Config.NoCopying is { } noCopying
            ? Experiments.Gate.Of([.. Forward.LossRises().Select(one => new GateRow(one.Head, double.NaN, double.NaN) { Cost = one.Rise })],
                noCopying.TrimEnd('.'))
            : OfCopying();

        Gate OfCopying()
        {
            var copying = CopyingHeads(progress, cancellationToken).Heads;
            progress?.Report(new(0, "induction scores"));
            double Top1(HeadIndex head) => copying.First(row => row.Heads[0] == head).Top1;
            string? none = Forward.Unavailable;
            var rows = none is null
                ? Forward.Induction().Select(one => new GateRow(one.Head, one.Score, Top1(one.Head)))
                : copying.Select(one => new GateRow(one.Heads[0], double.NaN, one.Top1));
            return Experiments.Gate.Of([.. rows.OrderBy(row => row.Head.Layer).ThenBy(row => row.Head.Head)]) with
            {
                NoInduction = none,
                NoCopyingHead = CopyingSentences.NoCopyingHead(CopyingHeads(progress, cancellationToken)),
            };
        }
    }
}
