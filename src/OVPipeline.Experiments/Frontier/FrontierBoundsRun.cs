using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Measures the frontier's other side: bounds, fits from their relaxed solutions, and two heads of half the rank.</summary>
/// <param name="run">The experiment's run.</param>
/// <param name="options">How much is measured.</param>
/// <param name="fits">The fits so far.</param>
internal sealed class FrontierBoundsRun(ExperimentRun run, RankFrontierOptions options, FrontierFits fits)
{
    private readonly FrontierBounds _search = new(run, options);

    /// <summary>The bounds, two heads of half the rank, and why there are none.</summary>
    public (IReadOnlyList<FrontierBound> Bounds, FrontierSplit? Split, string? Missing) Measure(
        IReadOnlyList<int> ranks, FrontierCircuit head, FrontierCircuit? pair)
    {
        var norms = RankFrontierResult.FittedWays(head, pair).Where(way => way.Norm is > 0 and < double.PositiveInfinity).ToArray();
        var bounded = options.BoundRanks(ranks, run.Config, run.HeadRank);
        if (Missing(bounded, norms.Length) is { } missing)
            return ([], null, missing);
        var steps = run.Steps(2 * norms.Length * bounded.Count + 2);
        List<FrontierBound> bounds = [];
        foreach (var (way, norm) in norms)
        {
            foreach (int rank in bounded.Reverse())
            {
                var bound = Bound(steps, way, rank, norm!.Value);
                bounds.Add(bound with { Refit = steps.Next($"rank {rank}, a fit from there", () => _search.Refit(bound)) });
            }
        }
        return (bounds, pair is null ? null : Split(steps, pair), null);
    }

    private FrontierBound Bound(StepCounter steps, string way, int rank, double norm)
    {
        string doing = $"rank {rank}, what no circuit does";
        return steps.Next(doing, () => _search.At(way, rank, norm, new BoundSteps(steps, doing)));
    }

    private string? Missing(IReadOnlyList<int> bounded, int norms)
    {
        if (!run.Model.Weights.LogitsAtModelScale)
        {
            return "log-losses of these circuits are not at the model's scale: norms stand between them and the logits, at scales that are "
                + "not held (--norm-scales holds them)";
        }
        if (!options.Bounds)
            return "bounds were not asked for";
        if (norms == 0)
            return "the norms of the model's circuits are zero or not finite";
        return bounded.Count > 0 ? null : "a pass over all logits takes so long that a bound would take hours";
    }

    private FrontierSplit? Split(StepCounter steps, FrontierCircuit pair)
    {
        int half = run.HeadRank / 2;
        if (half == 0 || fits.Best(2 * half, pair.Norm) is not { } fit)
            return null;
        var weights = run.Model.Weights;
        double[] norms = [.. pair.Row.Heads.Select(head => TokenCircuit.OfHeads(weights, head).Residual.FrobeniusNorm())];
        if (norms.Length != 2 || norms.Any(norm => !(norm > 0)))
            return null;
        var bound = Bound(steps, FrontierWay.TwoHalves, half, norms.Sum());
        var halves = steps.Next("a fit, cut into two", () => run.Part("halves", () =>
        {
            var (first, second) = HalvedCircuit.Of(fit, half, norms[0], norms[1]);
            var circuit = TokenCircuit.FromResidual(weights, FrontierWay.TwoHalves, FactoredMatrix.Sum(first, second));
            return run.Result(CircuitKind.Trained, FrontierWay.TwoHalves, circuit);
        }));
        return new(half, norms, bound, halves);
    }

    private sealed class BoundSteps(StepCounter steps, string doing) : IProgress<LowRankBoundProgress>
    {
        public void Report(LowRankBoundProgress value) => steps.Report(string.Create(CultureInfo.InvariantCulture,
            $"{doing}: below {value.Bound:0.000} after {value.Step} steps"));
    }
}
