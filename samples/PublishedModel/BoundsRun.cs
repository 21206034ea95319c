using System.Diagnostics;
using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Spectre.Console;

namespace OVPipeline.Samples.PublishedModel;

/// <summary>
/// Bounds and fits at the norms of a model's best head and best pair: as they are, and at the scale at which they predict
/// best.
/// </summary>
internal sealed class BoundsRun(TransformerCheckpoint model, IReadOnlyList<HeadIndex> heads, CancellationToken cancellationToken)
{
    // Nats: well below the differences that are looked at, where a few more steps would only add to the time.
    private const double Gap = 0.03;

    // Steps of a fit from the relaxed solution's truncation, each a pass over all logits or two: that start is a good one.
    private const int FitSteps = 3;

    private readonly TransformerWeights _weights = model.Weights;
    private readonly FitExamples _examples = FitExamples.Copying(model.Weights.W_E.Rows);
    private readonly List<BoundedRank> _rows = [];
    private readonly List<string> _lines = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public BoundsRun Measure(bool fitted, ProgressContext progress)
    {
        var circuits = progress.Part("heads", 1, _ => Circuits());
        int[] ranks = [_weights.Config.DHead, 2 * _weights.Config.DHead];
        foreach (bool best in fitted ? new[] { false, true } : [false])
            foreach (var circuit in circuits)
            {
                (double scale, double loss) = best ? AtItsBest(circuit) : (1, LossAsStored(circuit));
                double norm = circuit.Residual.FrobeniusNorm() * scale;
                if (norm > 0)
                    progress.Part($"{circuit.Name}, times {scale:0.00}", ranks.Length, done => At(circuit, scale, norm, loss, ranks, done));
                else
                    _lines.Add($"{circuit.Name} predicts best at scale 0: there is nothing to bound.");
            }
        return this;
    }

    public Findings Found()
    {
        var found = new Findings(_weights.Config.Name);
        foreach (string line in _lines)
            found.Say(line);
        if (_rows.Count > 0)
            found.Table(BoundedRank.Table(_rows));
        found.Say($"Mean log-loss of copying, nats, through {_weights.Config.Name}'s own W_E and W_U; chance: "
            + $"{Math.Log(_weights.W_E.Rows):0.000}. No circuit of a rank and a norm has less than 'at least' says, however it is found.");
        foreach (string sentence in _rows.GroupBy(row => (row.Circuit, row.Scale)).SelectMany(BoundedRank.Sentences))
            found.Say(sentence);
        found.Say("This is about log-loss at a norm. It says nothing of accuracy, of other embeddings, or of why training does what it "
            + "does.");
        if (ScaleMark.Sentence(_weights) is { } remark)
            found.Say(remark);
        return found.ForPeople($"{_clock.Elapsed.TotalSeconds:0} s.");
    }

    private IReadOnlyList<TokenCircuit> Circuits()
    {
        if (heads.Count > 0)
            return [.. new[] { [heads[0]], heads }.Take(heads.Count).Select(own => TokenCircuit.OfHeads(_weights, own))];
        var found = new MLContext(1).OVCircuits().FindCopyingHeads(model, new() { CancellationToken = cancellationToken });
        var counts = new[] { found.BestHead, found.BestPair }.OfType<CopyingCount>();
        return [.. counts.Select(count => TokenCircuit.OfHeads(_weights, count.Heads))];
    }

    private double LossAsStored(TokenCircuit circuit) =>
        CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelLogLoss = true }, cancellationToken: cancellationToken)
            .LabelLogLosses.Average();

    private (double Scale, double Loss) AtItsBest(TokenCircuit circuit)
    {
        int[] labels = [.. Enumerable.Range(0, circuit.Vocabulary)];
        var fit = TemperatureFit.Fit(CpuEngine.Shared, circuit.Columns, circuit.H.Values.ToArray(), labels, cancellationToken);
        return (fit.InverseTemperature, fit.LogLoss);
    }

    private bool At(TokenCircuit circuit, double scale, double norm, double loss, int[] ranks, Action<double> done)
    {
        Matrix? start = null;
        foreach (int rank in ranks)
        {
            var clock = Stopwatch.StartNew();
            var bound = LowRankBounder.Find(_weights.W_E, _weights.W_U, _examples,
                new() { Rank = rank, Norm = norm, Tolerance = Gap, Start = start }, null, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            start = bound.Relaxed;
            double seconds = clock.Elapsed.TotalSeconds;
            var fit = LowRankFitter.Fit(_weights.W_E, _weights.W_U, _examples, new()
            {
                Rank = rank,
                MaxNorm = norm,
                InitialFactors = FactoredMatrix.OfRank(start, rank),
                Objective = FitObjective.FullSoftmax,
                BatchSize = _weights.W_E.Rows,
                MaxSteps = FitSteps,
            }, null, cancellationToken);
            _rows.Add(new(circuit.Name, scale, norm, loss, circuit.Rank, rank, bound, fit.LogLoss, seconds));
            _lines.Add($"{circuit.Name}'s norm, {norm:0.00}: a circuit of rank {rank} has at least {bound.Bound:0.0000} nats; "
                + $"a fit has {fit.LogLoss:0.0000}.");
            done(1);
        }
        return true;
    }
}
