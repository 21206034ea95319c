using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>
/// The fits of the frontier, each kept as it is finished. Fits at a norm start from what is known to be possible there, too: the model's own
/// circuits of that norm, fits of lower rank, fits of the same rank at a smaller norm. So the frontier cannot fall with rank or norm, nor below a
/// circuit that it is compared with.
/// </summary>
/// <param name="context">The experiment's context.</param>
/// <param name="own">The model's own circuits that fits are compared with.</param>
/// <param name="cancellationToken">Stops within a fit.</param>
internal sealed class FrontierFits(ExperimentContext context, IReadOnlyList<FactoredMatrix> own, CancellationToken cancellationToken)
{
    private readonly List<(int Rank, double Norm, FactoredMatrix Pair)> _bounded = [];

    /// <summary>Fit seeds at a rank: several at the head's rank and at twice that, where intervals are shown, one elsewhere.</summary>
    public int RepeatsAt(int rank) => (rank == context.HeadRank || rank == 2 * context.HeadRank) && !context.Options.Quick ? context.Options.Repeats : 1;

    /// <summary>A fitted copier, free or held to a norm.</summary>
    public CircuitResult Fitted(int rank, int repeat, double? norm) => norm is { } cap
        ? Bounded(rank, repeat, cap)
        : context.Part($"free-{rank}-{repeat}", () => Result(context.Options.Fit(rank, repeat)).Result);

    /// <summary>The closed-form start, no step taken.</summary>
    public CircuitResult StartAlone(int rank) => context.Part($"start-{rank}", () => Result(context.Options.Fit(rank) with { MaxSteps = 0 }).Result);

    /// <summary>Whether a free fit of a rank reaches a top-1 share; it stops once it does.</summary>
    public bool ReachesTop1(int rank, double top1) =>
        context.Part($"free-{rank}-reaches-{top1:R}", () => Result(context.Options.Fit(rank) with { TargetAccuracy = top1 }).Result).Row.Top1 >= top1;

    /// <summary>Whether a fit of a rank held to a norm has at most a log-loss.</summary>
    public bool ReachesLogLoss(int rank, double logLoss, double norm) => Fitted(rank, 0, norm).Row.LogLoss <= logLoss;

    private CircuitResult Bounded(int rank, int repeat, double norm)
    {
        var part = context.Part(string.Create(CultureInfo.InvariantCulture, $"norm-{norm:0.000}-{rank}-{repeat}"), () =>
        {
            var (result, pair) = Result(context.Options.Fit(rank, repeat) with { MaxNorm = norm, KnownFactors = [.. Known(rank, norm)] });
            return new FrontierPart(result, StoredPair.Of(pair));
        });
        _bounded.Add((rank, norm, part.Pair.ToFactors()));
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

    private (CircuitResult Result, FactoredMatrix Pair) Result(LowRankFitOptions options)
    {
        var fitted = context.Measure.Fitted(options, cancellationToken);
        var result = context.Result(CircuitKind.Trained, $"rank {options.Rank}", fitted.Circuit, cancellationToken);
        return (result.FittedBy(fitted.Fit), fitted.Circuit.Residual);
    }

    private sealed record FrontierPart(CircuitResult Result, StoredPair Pair);
}
