using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The fits of the frontier, each kept as it is finished.</summary>
/// <param name="context">The experiment's context.</param>
/// <param name="cancellationToken">Stops within a fit.</param>
internal sealed class FrontierFits(ExperimentContext context, CancellationToken cancellationToken)
{
    /// <summary>Fit seeds at a rank: several at the head's rank and at twice that, where intervals are shown, one elsewhere.</summary>
    public int RepeatsAt(int rank) => (rank == context.HeadRank || rank == 2 * context.HeadRank) && !context.Options.Quick ? context.Options.Repeats : 1;

    /// <summary>A fitted copier, free or held to a norm.</summary>
    public CircuitResult Fitted(int rank, int repeat, double? norm) =>
        context.Part($"{(norm is { } cap ? string.Create(CultureInfo.InvariantCulture, $"norm-{cap:0.000}") : "free")}-{rank}-{repeat}", () => Result(context.Options.Fit(rank, repeat) with { MaxNorm = norm }));

    /// <summary>The closed-form start, no step taken.</summary>
    public CircuitResult StartAlone(int rank) => context.Part($"start-{rank}", () => Result(context.Options.Fit(rank) with { MaxSteps = 0 }));

    /// <summary>Whether a free fit of a rank reaches a top-1 share; it stops once it does.</summary>
    public bool ReachesTop1(int rank, double top1) =>
        context.Part($"free-{rank}-reaches-{top1:R}", () => Result(context.Options.Fit(rank) with { TargetAccuracy = top1 })).Row.Top1 >= top1;

    /// <summary>Whether a fit of a rank held to a norm has at most a log-loss.</summary>
    public bool ReachesLogLoss(int rank, double logLoss, double norm) => Fitted(rank, 0, norm).Row.LogLoss <= logLoss;

    private CircuitResult Result(LowRankFitOptions options) => context.Result(CircuitKind.Trained, $"rank {options.Rank}", context.Measure.Fit(options, cancellationToken), cancellationToken);
}
