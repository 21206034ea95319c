using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What a row of the log measures of a model. Nothing here touches the state of training.</summary>
internal sealed class TrainingMeasures
{
    // Pairs that are scored for a row of the log, of those whose heads copy most alone: training waits for them.
    private const int MostPairs = 12;

    // Tokens of validation text that windows are spread over, at most: a bound on memory, 8 MB of ids.
    private const int LongestText = 2_000_000;

    private static readonly Comparer<HeadIndex> s_byIndex =
        Comparer<HeadIndex>.Create((a, b) => (a.Layer, a.Head).CompareTo((b.Layer, b.Head)));

    private readonly Transformer _model;
    private readonly CpuEngine _engine;
    private readonly BehaviourProbe _probe;
    private readonly bool _hasValidation;

    public TrainingMeasures(Transformer model, TrainingData data, int context, int windows, int threads)
    {
        _model = model;
        _engine = new(threads);
        _hasValidation = data.Validation is not null;
        var file = data.Validation ?? data.Training.Parts[0].File;
        long[] tokens = new long[Math.Min(LongestText, file.Count)];
        file.Read(0, tokens);
        _probe = new(new TextWindows([.. tokens.Select(id => (int)id)], context, file.Separator, windows), file.Separator);
    }

    public TrainingRow Measure(TrainingRow row)
    {
        var config = _model.Config;
        var weights = _model.Weights;
        var behaviour = _probe.Measure(_model);
        (HeadIndex Head, double Value)[] induction = [.. behaviour.Heads.Select(head => (head.Head, head.InductionScore))];
        HeadIndex[] layer = [.. config.HeadsOf(config.Layers - 1)];
        var heads = layer.Select(head => (Head: head, Accuracy: Copying(weights, head))).ToList();
        var pair = CopyingHeads.Find(weights, new() { MostPairs = MostPairs, Engine = _engine }).BestPair;
        HeadIndex[] inducing = [.. induction
            .Where(score => score.Head.Layer == config.Layers - 1)
            .OrderByDescending(score => score.Value)
            .Take(2)
            .Select(score => score.Head)
            .Order(s_byIndex)];
        return row with
        {
            ValidationLoss = _hasValidation ? behaviour.ValidationLoss : double.NaN,
            Induction = induction,
            PreviousToken = [.. behaviour.Heads.Select(head => (head.Head, head.PreviousTokenScoreOnText))],
            Heads = [.. heads.Select(head => head.Accuracy)],
            BestPair = pair is null ? null : Copying(weights, [.. pair.Heads]),
            InductionPair = inducing.Length == 2 ? Copying(weights, inducing) : null,
            Layer = Copying(weights, layer),
        };
    }

    /// <summary>Mean loss on validation text, in nats a token; NaN where there is none.</summary>
    public double Loss() => _hasValidation ? _probe.Measure(_model).ValidationLoss : double.NaN;

    private CopyingAccuracy Copying(TransformerWeights weights, params HeadIndex[] heads)
    {
        var circuit = TokenCircuit.OfHeads(weights, heads);
        int[] ranks = _engine.ScoreVocabulary(circuit, new() { LabelRank = true }).LabelRanks;
        double Share(int within) => ranks.Count(rank => rank <= within) / (double)ranks.Length;
        return new(circuit.Name, Share(1), Share(5)) { Heads = heads };
    }
}
