using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Measures the controls, each kept as it is finished.</summary>
/// <param name="run">The experiment's run.</param>
/// <param name="options">How much is measured.</param>
/// <param name="head">The model's best head.</param>
/// <param name="own">Its map in the residual stream.</param>
internal sealed class FairnessArms(ExperimentRun run, FairnessControlsOptions options, CopyingRow head, FactoredMatrix own)
{
    private const string Permuted = "a random permutation as target";
    private const string UntrainedCopier = "copier of an untrained model", UntrainedHead = "best head of an untrained model";

    private readonly LowRankFitOptions _plain = options.Fit(run.HeadRank);

    // The least first: a sentence and a check rely on it.
    private readonly double[] _decays = [.. options.WeightDecays.Distinct().Order()];

    /// <summary>At most so many circuits.</summary>
    public int Steps => 5 + _decays.Length + (3 * options.Repeats);

    /// <summary>All of them, in the order of the table.</summary>
    public IEnumerable<FairnessArm> Measure(StepCounter steps)
    {
        var heads = TokenCircuit.OfHeads(run.Model.Weights, head.Heads);
        yield return Once(steps, FairnessControl.Head, $"head {head.Name}", () => run.Result(CircuitKind.Head, head.Name, heads));
        yield return Fitted(steps, FairnessControl.Copier, "copier", _plain);
        foreach (double decay in _decays)
        {
            string name = $"weight decay {FairnessArm.Shown(decay)}";
            var arm = Fitted(steps, FairnessControl.WeightDecay, name, _plain with { WeightDecay = decay });
            yield return arm with { WeightDecay = decay };
        }
        var capped = _plain with { MaxNorm = own.FrobeniusNorm(), KnownFactors = KnownFactors.Of(own, _plain.Rank) };
        yield return Fitted(steps, FairnessControl.NormCapped, "norm capped at the head's own", capped);

        // Values wider than the model have more columns than the fit.
        if (own.Rank == _plain.Rank)
        {
            var started = _plain with { InitialFactors = own };
            yield return Fitted(steps, FairnessControl.StartedFromHead, "started from the head's weights", started);
        }
        if (run.Laboratory.Counts is { } counts)
        {
            const string Name = "rows weighted by frequency";
            yield return Once(steps, FairnessControl.ByFrequency, Name, () => Weighted(Name, counts));
        }
        yield return Repeated(steps, FairnessControl.Permuted, Permuted, "permutation", Permutation);
        yield return Repeated(steps, FairnessControl.UntrainedCopier, UntrainedCopier, "untrained-copier", CopierOfUntrained);
        yield return Repeated(steps, FairnessControl.UntrainedHead, UntrainedHead, "untrained-head", HeadOfUntrained);
    }

    private FairnessArm Once(StepCounter steps, FairnessControl control, string name, Func<CircuitResult> measure)
    {
        string part = name.Replace(' ', '-').Replace("'", "", StringComparison.Ordinal);
        return new(control, name, [steps.Next(name, () => run.Part(part, measure))]);
    }

    private FairnessArm Fitted(StepCounter steps, FairnessControl control, string name, LowRankFitOptions fit)
    {
        return Once(steps, control, name, Measure);

        CircuitResult Measure()
        {
            var fitted = run.Copying.Fitted(fit, cancellationToken: run.CancellationToken);
            return run.Result(CircuitKind.Trained, name, fitted.Circuit).FittedBy(fitted.Fit);
        }
    }

    private FairnessArm Repeated(StepCounter steps, FairnessControl control, string name, string part, Func<int, CircuitResult> measure)
    {
        CircuitResult One(int repeat) => steps.Next(name, () => run.Part($"{part}-{repeat}", () => measure(repeat)));
        return new(control, name, [.. Enumerable.Range(0, options.Repeats).Select(One)]);
    }

    private CircuitResult Weighted(string name, TokenCounts counts)
    {
        var rows = TokenRow.Of(run.Model.Vocabulary);
        foreach (var row in rows)
            row.Weight = counts.ById[(int)row.TokenId];
        var data = TokenRow.Load(run.ML, rows, run.Config.Vocabulary);
        var circuit = run.Copying.Fit(_plain, data, weight: nameof(TokenRow.Weight), cancellationToken: run.CancellationToken);
        return run.Result(CircuitKind.Trained, name, circuit);
    }

    private CircuitResult Permutation(int repeat)
    {
        int vocabulary = run.Config.Vocabulary;
        int[] target = Permutations.Random(vocabulary, run.Laboratory.Counts, options.Seed + repeat);
        var rows = TokenRow.Of(run.Model.Vocabulary);
        foreach (var row in rows)
            row.Target = (uint)target[row.TokenId];
        var data = TokenRow.Load(run.ML, rows, vocabulary);
        var fit = options.Fit(run.HeadRank, repeat);
        var circuit = run.Copying.Fit(fit, data, nameof(TokenRow.Target), cancellationToken: run.CancellationToken);
        return run.Result(CircuitKind.Trained, Permuted, circuit, data, nameof(TokenRow.Target));
    }

    private CircuitResult CopierOfUntrained(int repeat)
    {
        var (_, measure) = Untrained(repeat);
        var circuit = measure.Fit(options.Fit(run.HeadRank, repeat), cancellationToken: run.CancellationToken);
        var row = measure.Circuit(CircuitKind.Trained, UntrainedCopier, circuit, cancellationToken: run.CancellationToken);
        return new(row, circuit.Residual.FrobeniusNorm(), null);
    }

    private CircuitResult HeadOfUntrained(int repeat)
    {
        var (weights, measure) = Untrained(repeat);
        var heads = run.Config.AllHeads.Select(one => TokenCircuit.OfHeads(weights, one));
        var best = heads.MaxBy(circuit => measure.Top1(circuit, run.Tokens, run.CancellationToken))!;
        var row = measure.Circuit(CircuitKind.Head, UntrainedHead, best, cancellationToken: run.CancellationToken);
        return new(row, best.Residual.FrobeniusNorm(), null);
    }

    private (TransformerWeights Weights, CopyingMeasure Measure) Untrained(int repeat)
    {
        var model = UntrainedModel.Like(run.Model, options.Seed + repeat);
        return (model.Weights, new CopyingMeasure(run.ML, model, run.Tokens));
    }
}
