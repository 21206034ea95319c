using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What a row of the log measures of a model. Nothing here touches the state of training.</summary>
internal sealed class TrainingMeasures
{
    private const int BestHeads = 4, SequencesAtATime = 16;

    private readonly AttentionOnlyTransformer _model;
    private readonly CpuEngine _engine;
    private readonly int _context, _separator;
    private readonly bool _hasValidation;
    private readonly TokenBatch _text;

    public TrainingMeasures(AttentionOnlyTransformer model, TrainingData data, int context, int windows, int threads)
    {
        (_model, _context, _engine) = (model, context, new(threads));
        var file = data.Validation ?? data.Training.Parts[0].File;
        _hasValidation = data.Validation is not null;
        _separator = file.Separator;
        int count = (int)Math.Min(windows, file.Count / context);
        _text = new(count, context);
        for (int i = 0; i < count; i++)
        {
            file.Read(file.Count / context / count * i * context, _text.Targets.AsSpan(i * context, context));
            _text.Prepend(i, _separator);
        }
    }

    public TrainingRow Measure(TrainingRow row)
    {
        var config = _model.Config.ToTransformerConfig();
        var weights = _model.Weights;
        var induction = HeadScores.Induction(_model, _context, _separator);
        HeadIndex[] layer = [.. config.HeadsOf(config.Layers - 1)];
        var heads = layer.Select(head => (Head: head, Accuracy: Copying(weights, head))).ToList();
        HeadIndex[] best = [.. heads.OrderByDescending(head => head.Accuracy.Top1).Take(BestHeads).Select(head => head.Head).Order(ByIndex)];
        HeadIndex[] inducing = [.. induction.Where(score => score.Head.Layer == config.Layers - 1).OrderByDescending(score => score.Value).Take(2).Select(score => score.Head).Order(ByIndex)];
        return row with
        {
            ValidationLoss = _hasValidation ? Loss() : double.NaN,
            Induction = induction,
            PreviousToken = HeadScores.PreviousToken(_model, _text),
            Heads = [.. heads.Select(head => head.Accuracy)],
            BestPair = (from a in best from b in best where a.Head < b.Head select Copying(weights, a, b)).MaxBy(pair => pair.Top1),
            InductionPair = inducing.Length == 2 ? Copying(weights, inducing) : null,
            Layer = Copying(weights, layer),
        };
    }

    private static Comparer<HeadIndex> ByIndex => Comparer<HeadIndex>.Create((a, b) => (a.Layer, a.Head).CompareTo((b.Layer, b.Head)));

    /// <summary>Mean loss on the text, in nats a token.</summary>
    public double Loss()
    {
        using var gradients = no_grad();
        double sum = 0;
        for (int first = 0; first < _text.Sequences; first += SequencesAtATime)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(SequencesAtATime, _text.Sequences - first);
            var logits = _model.forward(tensor(_text.Inputs.AsSpan(first * _context, count * _context).ToArray()).view(count, _context));
            var targets = tensor(_text.Targets.AsSpan(first * _context, count * _context).ToArray());
            sum += nn.functional.cross_entropy(logits.view(-1, _model.Config.Vocabulary), targets).item<float>() * count;
        }
        return sum / _text.Sequences;
    }

    private CopyingAccuracy Copying(TransformerWeights weights, params HeadIndex[] heads)
    {
        var circuit = TokenCircuit.OfHeads(weights, heads);
        int[] ranks = _engine.ScoreVocabulary(circuit, new() { LabelRank = true }).LabelRanks;
        return new(circuit.Name, ranks.Count(rank => rank == 1) / (double)ranks.Length, ranks.Count(rank => rank <= 5) / (double)ranks.Length);
    }
}
