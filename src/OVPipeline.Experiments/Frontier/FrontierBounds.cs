using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// The lower bounds of the frontier, each kept as it is finished, or as far as it was when the run was cancelled. Each search starts from
/// the solution for the next larger rank, and its own solution, cut to the rank, is where a fit starts.
/// </summary>
/// <param name="run">The experiment's run.</param>
/// <param name="options">How much is measured.</param>
internal sealed class FrontierBounds(ExperimentRun run, RankFrontierOptions options)
{
    // Nearer to stationary than other fits: what the loss still falls by counts in an interval of a few hundredths of a nat.
    private const double RefitTolerance = 0.001;

    private readonly List<(int Rank, double Norm, Matrix Relaxed)> _relaxed = [];

    /// <summary>The bound at a rank and a norm. Larger ranks come first.</summary>
    /// <param name="way">What it is the other side of.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="progress">Told after every step of the search.</param>
    public FrontierBound At(string way, int rank, double norm, IProgress<LowRankBoundProgress>? progress)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"bound-{norm:0.000}-{rank}");
        var part = run.Part(name, () => Search(name + "-so-far", way, rank, norm, progress));
        _relaxed.Add((rank, norm, part.Relaxed.ToFactors().A));
        return part.Bound;
    }

    /// <summary>A fit of a bound's rank at its norm that starts from the relaxed solution, cut to the rank.</summary>
    public CircuitResult Refit(FrontierBound bound)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"refit-{bound.Norm:0.000}-{bound.Rank}");
        return run.Part(name, () =>
        {
            var relaxed = _relaxed.Last(one => one.Rank == bound.Rank && one.Norm == bound.Norm).Relaxed;
            var cut = FactoredMatrix.OfRank(relaxed, bound.Rank);
            double norm = cut.FrobeniusNorm();
            var fitted = run.Copying.Fitted(options.Fit(bound.Rank) with
            {
                MaxNorm = bound.Norm,
                StationarityTolerance = RefitTolerance,
                InitialFactors = norm > 0 ? HalvedCircuit.Scaled(cut, bound.Norm / norm) : null,
            }, cancellationToken: run.CancellationToken);
            return run.Result(CircuitKind.Trained, $"rank {bound.Rank}", fitted.Circuit).FittedBy(fitted.Fit);
        });
    }

    private BoundPart Search(string soFar, string way, int rank, double norm, IProgress<LowRankBoundProgress>? progress)
    {
        var weights = run.Model.Weights;
        var begun = run.Kept<BoundPart>(soFar);
        var found = LowRankBounder.Find(weights.W_E, weights.W_U, FitExamples.Copying(run.Config.Vocabulary), new()
        {
            Rank = rank,
            Norm = norm,
            MaxSteps = Math.Max(0, options.BoundSteps - (begun?.Bound.Steps ?? 0)),
            Start = begun?.Relaxed.ToFactors().A ?? Start(rank, norm),
        }, progress, run.CancellationToken);
        var bound = new FrontierBound(way, rank, norm, found.Bound, found.RelaxedLoss, found.Rounding, found.Steps, found.Stop);
        var relaxed = found.Relaxed;
        if (begun is not null)
        {
            bound = bound with { Steps = bound.Steps + begun.Bound.Steps };
            if (begun.Bound.LogLoss > bound.LogLoss)
                bound = bound with { LogLoss = begun.Bound.LogLoss, Rounding = begun.Bound.Rounding };
        }
        var part = new BoundPart(bound, StoredPair.Of(new(relaxed, Matrix.Identity(relaxed.Rows))));
        if (found.Stop == LowRankBoundStop.Cancelled)
        {
            run.Keep(soFar, part);
            run.CancellationToken.ThrowIfCancellationRequested();
        }
        return part;
    }

    // The solution for the next larger rank at the norm, else that of the same rank at another norm, as large as it may be.
    private Matrix? Start(int rank, double norm)
    {
        if (_relaxed.LastOrDefault(one => one.Norm == norm).Relaxed is { } larger)
            return larger;
        var other = _relaxed.LastOrDefault(one => one.Rank == rank);
        return other.Relaxed is { } elsewhere
            ? Matrix.Create(elsewhere.Rows, elsewhere.Columns, (i, j) => (float)(norm / other.Norm * elsewhere[i, j]))
            : null;
    }

    private sealed record BoundPart(FrontierBound Bound, StoredPair Relaxed);
}
