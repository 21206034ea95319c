using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>One computation of a head atlas: each figure is that of a public pipeline over the vocabulary.</summary>
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
        var fitted = Pipeline(ml.Transforms.ExtractOVCircuit(Column, "TokenId", model, head), Math.Max(1, _outputs));
        var circuit = fitted.Schema[Column].GetTokenCircuit();
        bool copies = circuit.NoCopying is null;
        var copied = copies ? Rows(fitted, _outputs > 0) : [];
        if (options.TokenOutputs is not null)
            _headTokens.Add(new(copies ? RanksOf(copied) : null, TopOutputs(fitted, copied)));
        var suppressed = copies
            ? Rows(Pipeline(ml.Transforms.ApplyTokenCircuit(Column, "TokenId", circuit.Negate(), model.Vocabulary)))
            : [];
        var copying = SharesOf(copied);
        var profile = new HeadProfile
        {
            Head = head,
            Rank = circuit.Rank,
            Copying = copying,
            Suppression = SharesOf(suppressed),
            DPrime = copying is { } share && circuit.Vocabulary > 1 ? SignalSeparation.FromAccuracy(share.Top1, circuit.Vocabulary) : null,
            CopyingScore = copies ? circuit.CopyingScore() : null,
            SingularValues = circuit.Logits.SingularValues(),
            TopCopied = Top(copied),
            TopSuppressed = Top(suppressed),
            OwnToken = copies ? OwnToken(circuit, copied, suppressed) : null,
            NameCopyScore = copies && _names.Count > 0
                ? _names.Count(id => copied[id].LabelRank <= CopyScore.PublishedTop) / (double)_names.Count
                : null,
            QK = options.QK && _weights.HasQK ? QK(head) : null,
            Positional = _weights.HasQK && _weights.Has(WeightKind.W_pos)
                ? PositionalProfile.Of(PositionalPattern.Of(_weights, head, options.Positions, options.CancellationToken))
                : null,
        };
        Report($"head {head}");
        return profile;
    }

    // Ranks by row are there already; those by column are the rows of the transpose.
    private OwnTokenProfile OwnToken(TokenCircuit circuit, ScoredToken[] copied, ScoredToken[] suppressed)
    {
        var byColumn = Pipeline(ml.Transforms.ApplyTokenCircuit(Column, "TokenId", circuit.Transpose(), model.Vocabulary));
        return OwnTokenProfile.Of(new(RanksOf(copied), RanksOf(suppressed), Ranks(byColumn)));
    }

    private static int[] RanksOf(ScoredToken[] rows) => [.. rows.Select(row => (int)row.LabelRank)];

    // Keys are 1-based. Where copying is not defined no row was scored yet.
    private int[] TopOutputs(IDataView scored, ScoredToken[] copied)
    {
        if (_outputs == 0)
            return [];
        var rows = copied.Length > 0
            ? copied.Select(row => ((ScoredOutputs)row).TopTokens)
            : scored.GetColumn<uint[]>("TopTokens");
        return [.. rows.SelectMany(row => row.Select(key => (int)key - 1))];
    }

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

    private IDataView Pipeline(TokenCircuitEstimator circuit, int outputs = 1)
    {
        var scoring = new TopKScoringEstimator.Options
        {
            CircuitColumnName = Column,
            K = outputs,
            Engine = options.Engine,
            CancellationToken = options.CancellationToken,
        };
        return circuit.Append(ml.Transforms.ScoreTopK(scoring)).Fit(_tokens).Transform(_tokens);
    }

    // All columns in one pass, and outputs only where they are kept: a top-1 takes time too.
    private ScoredToken[] Rows(IDataView scored, bool outputs = false) => outputs
        ? [.. ml.Data.CreateEnumerable<ScoredOutputs>(scored, reuseRowObject: false)]
        : [.. ml.Data.CreateEnumerable<ScoredToken>(scored, reuseRowObject: false)];

    private TopShares? SharesOf(ScoredToken[] rows) => rows.Length == 0 ? null : Shares(rows.Select(row => row.LabelRank));

    // Ranks alone are cheaper: no exponentials.
    private TopShares Shares(IDataView scored) => TopShares.Of(Ranks(scored), model.Vocabulary.Count);

    private TopShares Shares(IEnumerable<float> ranks) => TopShares.Of([.. ranks.Select(rank => (int)rank)], model.Vocabulary.Count);

    private static int[] Ranks(IDataView scored) => [.. scored.GetColumn<float>("LabelRank").Select(rank => (int)rank)];

    private AtlasToken[] Top(ScoredToken[] rows) =>
        [.. rows.Select((row, id) => new AtlasToken(id, model.Vocabulary[id], (int)row.LabelRank, row.LabelLogLoss))
            .OrderBy(token => token.LogLoss).ThenBy(token => token.Id).Take(options.Tokens)];

    private void Report(string part)
    {
        options.CancellationToken.ThrowIfCancellationRequested();
        options.Progress?.Report(new(part, ++_done, _total));
    }

    private class ScoredToken
    {
        public float LabelRank { get; set; }
        public double LabelLogLoss { get; set; }
    }

    private sealed class ScoredOutputs : ScoredToken
    {
        public uint[] TopTokens { get; set; } = [];
    }
}
