using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// The fits of the frontier, each kept as it is finished. Fits at a norm start from what is known to be possible there, too: the model's
/// own circuits of that norm, fits of lower rank, fits of the same rank at a smaller norm. So the frontier cannot fall with rank or norm,
/// nor below a circuit that it is compared with.
/// </summary>
/// <param name="run">The experiment's run.</param>
/// <param name="options">How much is measured.</param>
/// <param name="own">The model's own circuits that fits are compared with.</param>
internal sealed class FrontierFits(ExperimentRun run, RankFrontierOptions options, IReadOnlyList<FactoredMatrix> own)
{
    private readonly List<(int Rank, double Norm, double LogLoss, FactoredMatrix Pair)> _bounded = [];

    /// <summary>Fit seeds at a rank: several at the head's rank and at twice that, where intervals are shown, one elsewhere.</summary>
    public int RepeatsAt(int rank) => rank == run.HeadRank || rank == 2 * run.HeadRank ? options.Repeats : 1;

    /// <summary>A fitted copier, free or held to a norm.</summary>
    public CircuitResult Fitted(int rank, int repeat, double? norm) => norm is { } cap
        ? Bounded(rank, repeat, cap)
        : run.Part($"free-{rank}-{repeat}", () => Result(options.Fit(rank, repeat)).Result);

    /// <summary>The closed-form start, no step taken.</summary>
    public CircuitResult StartAlone(int rank) => run.Part($"start-{rank}", () => Result(options.Fit(rank) with { MaxSteps = 0 }).Result);

    /// <summary>Whether a free fit of a rank reaches a top-1 share; it stops once it does.</summary>
    public bool ReachesTop1(int rank, double top1)
    {
        CircuitResult Fit() => Result(options.Fit(rank) with { TargetAccuracy = top1 }).Result;
        return run.Part($"free-{rank}-reaches-{top1:R}", Fit).Row.Top1 >= top1;
    }

    /// <summary>Whether a fit of a rank held to a norm has at most a log-loss.</summary>
    public bool ReachesLogLoss(int rank, double logLoss, double norm) => Fitted(rank, 0, norm).Row.LogLoss <= logLoss;

    /// <summary>The best fit of a rank held to a norm, of those that were made; null where none was.</summary>
    public FactoredMatrix? Best(int rank, double norm) =>
        _bounded.Where(one => one.Rank == rank && one.Norm == norm).OrderBy(one => one.LogLoss).FirstOrDefault().Pair;

    private CircuitResult Bounded(int rank, int repeat, double norm)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"norm-{norm:0.000}-{rank}-{repeat}");
        var part = run.Part(name, () =>
        {
            var (result, pair) = Result(options.Fit(rank, repeat) with { MaxNorm = norm, KnownFactors = [.. Known(rank, norm)] });
            return new FrontierPart(result, StoredPair.Of(pair));
        });
        _bounded.Add((rank, norm, part.Result.Row.LogLoss, part.Pair.ToFactors()));
        return part.Result;
    }

    // Of the model's own circuits those that fit, or what their rank leaves of them; of fits so far the nearest below in rank and in norm.
    private IEnumerable<FactoredMatrix> Known(int rank, double norm)
    {
        foreach (var circuit in own)
        {
            var pair = circuit.Rank <= rank ? circuit : circuit.Truncate(rank);
            if (pair.FrobeniusNorm() <= norm * (1 + 1e-6))
                yield return pair;
        }
        var within = _bounded.Where(one => one.Rank <= rank && one.Norm <= norm).ToArray();
        if (within.Where(one => one.Norm == norm).OrderBy(one => one.Rank).LastOrDefault() is { Pair: { } lower })
            yield return lower;
        if (within.Where(one => one.Norm < norm).OrderBy(one => one.Rank).ThenBy(one => one.Norm).LastOrDefault() is { Pair: { } smaller })
            yield return smaller;
    }

    private (CircuitResult Result, FactoredMatrix Pair) Result(LowRankFitOptions fit)
    {
        var fitted = run.Copying.Fitted(fit, cancellationToken: run.CancellationToken);
        var result = run.Result(CircuitKind.Trained, $"rank {fit.Rank}", fitted.Circuit);
        return (result.FittedBy(fitted.Fit), fitted.Circuit.Residual);
    }

    private sealed record FrontierPart(CircuitResult Result, StoredPair Pair);
}
