using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>One computation of a head atlas: each figure is what a public pipeline over the vocabulary gives.</summary>
internal sealed class HeadAtlasRun(MLContext ml, TransformerCheckpoint model, HeadAtlasOptions options)
{
    private const string Column = "Circuit";
    private readonly TransformerWeights _weights = model.Weights;
    private readonly IDataView _tokens = ml.Data.LoadVocabulary(model);
    private readonly IReadOnlyList<int> _names = FirstNames.TokensOf(model);
    private readonly List<HeadTokens> _headTokens = [];
    private readonly int _outputs = Math.Min(options.TokenOutputs ?? 0, model.OutputVocabulary.Count);
    private int _done, _total;

    public HeadAtlas Compute()
    {
        var config = _weights.Config;
        bool compose = options.Compositions && config.Layers > 1;
        int pairs = config.Heads * config.Heads * config.Layers * (config.Layers - 1) / 2;
        int circuits = compose && _weights.HasQK ? Math.Min(options.KCompositions, pairs) : 0;
        int virtualHeads = compose ? Math.Min(options.VirtualHeads, pairs) : 0;
        _total = (config.Layers * config.Heads) + (compose ? 1 : 0) + circuits + virtualHeads;
        HeadProfile[] heads = [.. config.AllHeads.Select(Profile)];
        var compositions = compose ? CompositionScores.OfModel(_weights, null, options.CancellationToken) : [];
        var baseline = compose ? Baseline() : null;
        if (compose)
            Report("composition scores");
        return new()
        {
            Model = config,
            LogitsAtModelScale = _weights.LogitsAtModelScale,
            Notes = [.. AtlasNotes.Of(_weights, options, pairs, _names.Count)],
            Heads = heads,
            Tokens = options.TokenOutputs is null ? null : new(model.Vocabulary, model.OutputVocabulary, _headTokens),
            Compositions = compositions,
            Baseline = baseline,
            KCompositions = [.. compositions.OrderByDescending(pair => pair.K).Take(circuits).Select(KComposition)],
            VirtualHeads = [.. compositions.OrderByDescending(pair => pair.V).Take(virtualHeads).Select(VirtualHead)],
        };
    }

    /// <summary>Profiles of some heads alone.</summary>
    public IReadOnlyList<HeadProfile> Profiles(IReadOnlyList<HeadIndex> heads)
    {
        _total = heads.Count;
        return [.. heads.Select(Profile)];
    }

    private HeadProfile Profile(HeadIndex head)
    {
        var circuit = TokenCircuit.OfHeads(_weights, head);
        bool copies = circuit.NoCopying is null;
        var (rows, lowRanks) = copies
            ? OwnTokenRanks.ByRows(options.Engine, circuit, _outputs, options.CancellationToken)
            : (HighestOutputs(circuit), []);
        int[] ranks = rows?.LabelRanks ?? [];
        if (options.TokenOutputs is not null)
            _headTokens.Add(new(copies ? ranks : null, rows?.TopTokens ?? []));
        var copying = SharesOf(ranks);
        var profile = new HeadProfile
        {
            Head = head,
            Rank = circuit.Rank,
            Copying = copying,
            Suppression = SharesOf(lowRanks),
            DPrime = copying is { } share && circuit.Vocabulary > 1 ? SignalSeparation.FromAccuracy(share.Top1, circuit.Vocabulary) : null,
            CopyingScore = copies ? circuit.CopyingScore() : null,
            SingularValues = circuit.Logits.SingularValues(),
            TopCopied = copies ? Top(circuit, ranks) : [],
            TopSuppressed = copies ? Top(circuit.Negate(), lowRanks) : [],
            OwnToken = copies ? OwnToken(circuit, ranks, lowRanks) : null,
            NameCopyScore = copies && _names.Count > 0
                ? _names.Count(id => ranks[id] <= CopyScore.PublishedTop) / (double)_names.Count
                : null,
            QK = options.QK && _weights.HasQK ? QK(head) : null,
            Positional = _weights.HasQK && _weights.Has(WeightKind.W_pos)
                ? PositionalProfile.Of(PositionalPattern.Of(_weights, head, options.Positions, options.CancellationToken))
                : null,
        };
        Report($"head {head}");
        return profile;
    }

    // Where copying is not defined nothing else is scored of a head.
    private ScoredRows? HighestOutputs(TokenCircuit circuit) => _outputs == 0
        ? null
        : options.Engine.ScoreVocabulary(circuit, new() { TopK = _outputs }, cancellationToken: options.CancellationToken);

    private OwnTokenProfile OwnToken(TokenCircuit circuit, int[] ranks, int[] lowRanks) => OwnTokenProfile.Of(
        new(ranks, lowRanks, OwnTokenRanks.ByColumns(options.Engine, circuit, options.CancellationToken)));

    private QKProfile QK(HeadIndex head)
    {
        var byQuery = Pipeline(ml.Transforms.ExtractQKCircuit(Column, "TokenId", model, head));
        var byKey = Pipeline(ml.Transforms.ExtractQKCircuit(Column, "TokenId", model, head, CircuitAxes.KeyToQuery));
        var circuit = byQuery.Schema[Column].GetTokenCircuit();
        var spectrum = circuit.Logits.SingularValues();
        return new(Shares(byQuery), Shares(byKey), circuit.CopyingScore(),
            EffectiveRank.ParticipationRatio(spectrum), EffectiveRank.Entropy(spectrum));
    }

    private KCompositionProfile KComposition(HeadComposition pair)
    {
        var (earlier, later) = (pair.Earlier, pair.Later);
        var byQuery = Of(CircuitAxes.QueryToKey);
        var byKey = Of(CircuitAxes.KeyToQuery);
        Report($"K-composition {earlier} with {later}");
        return new(earlier, later, pair.K!.Value, byQuery, byKey);

        TopShares Of(CircuitAxes axes) =>
            Shares(Pipeline(ml.Transforms.ExtractKCompositionCircuit(Column, "TokenId", model, earlier, later, axes)));
    }

    private VirtualHeadProfile VirtualHead(HeadComposition pair)
    {
        var (earlier, later) = (pair.Earlier, pair.Later);
        var circuit = TokenCircuit.OfVirtualHead(_weights, earlier, later);
        bool copies = circuit.NoCopying is null;
        TopShares? copying = copies
            ? Shares(Pipeline(ml.Transforms.ExtractVirtualOVCircuit(Column, "TokenId", model, earlier, later)))
            : null;
        Report($"virtual head {circuit.Name}");
        return new(earlier, later, pair.V, copying, copies ? circuit.CopyingScore() : null);
    }

    private CompositionBaseline Baseline()
    {
        var head = new HeadIndex(0, 0);
        var ov = _weights.OVCircuit(head);
        int reads = _weights.HasQK ? _weights.QKCircuit(head).Rank : ov.Rank;
        return CompositionBaseline.Sample(
            _weights.Config.DModel, ov.Rank, reads, options.BaselineSamples, options.Seed, options.CancellationToken);
    }

    private IDataView Pipeline(TokenCircuitEstimator circuit)
    {
        var scoring = new TopKScoringEstimator.Options
        {
            CircuitColumnName = Column,
            K = 1,
            Engine = options.Engine,
            CancellationToken = options.CancellationToken,
        };
        return circuit.Append(ml.Transforms.ScoreTopK(scoring)).Fit(_tokens).Transform(_tokens);
    }

    private TopShares? SharesOf(int[] ranks) => ranks.Length == 0 ? null : TopShares.Of(ranks, model.Vocabulary.Count);

    // Ranks alone are cheaper: no exponentials.
    private TopShares Shares(IDataView scored) => TopShares.Of(Ranks(scored), model.Vocabulary.Count);

    private static int[] Ranks(IDataView scored) => [.. scored.GetColumn<float>("LabelRank").Select(rank => (int)rank)];

    private AtlasToken[] Top(TokenCircuit circuit, int[] ranks) =>
        [.. LowestLogLosses.Of(options.Engine, circuit, ranks, options.Tokens, options.CancellationToken)
            .Select(one => new AtlasToken(one.Token, model.Vocabulary[one.Token], ranks[one.Token], one.LogLoss))];

    private void Report(string part)
    {
        options.CancellationToken.ThrowIfCancellationRequested();
        options.Progress?.Report(new(part, ++_done, _total));
    }
}
