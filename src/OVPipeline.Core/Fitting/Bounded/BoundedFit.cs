namespace OVPipeline.Core;

/// <summary>
/// A bounded fit over all examples at once: descends from everything that is known to be within the bounds, and keeps the best.
/// </summary>
/// <param name="objective">What is minimised.</param>
/// <param name="moments">Second moments of the embeddings.</param>
/// <param name="problem">The examples and the embeddings.</param>
/// <param name="options">Rank, bounds and tolerance.</param>
/// <param name="mostSteps">Most steps of a descent.</param>
internal sealed class BoundedFit(
    BoundedObjective objective, GramMatrices moments, FitProblem problem, LowRankFitOptions options, int mostSteps)
{
    // Steps of each descent after which the best goes on alone, where a pass over all logits is not next to nothing.
    private const int ProbeSteps = 5;

    private readonly List<BoundedDescent> _descents = [];
    private readonly List<BoundedPoint> _known = [];

    /// <summary>Steps taken, of all descents together.</summary>
    public int Steps { get; private set; }

    /// <summary>Most steps of all descents together.</summary>
    public int MostSteps { get; private set; }

    /// <summary>The best pair so far; null before the first start was looked at.</summary>
    public BoundedPoint? Best => _descents.Select(descent => descent.Point).Concat(_known).MinBy(point => point.Objective);

    /// <summary>Descends from starts.</summary>
    /// <param name="starts">Where to descend from.</param>
    /// <param name="known">Pairs that the result is not to be worse than, as they are.</param>
    /// <param name="stepped">Told after every step; returns whether to stop.</param>
    /// <param name="cancellationToken">Checked within a step; <see cref="Best"/> stays.</param>
    public FitStop Run(IReadOnlyList<FactorPair> starts, IReadOnlyList<FactorPair> known, Func<BoundedPoint, bool> stepped,
        CancellationToken cancellationToken)
    {
        int probe = FitStarts.AreCheap(problem, options) ? mostSteps : Math.Min(ProbeSteps, mostSteps);
        MostSteps = mostSteps + (starts.Count - 1) * probe;
        foreach (var start in known)
            _known.Add(objective.At(start, held: false, cancellationToken));
        foreach (var start in starts)
        {
            var point = objective.At(start, held: false, cancellationToken);
            _descents.Add(new(objective, moments, problem.Width, options.StationarityTolerance) { Point = point });
        }
        foreach (var descent in starts.Count > 1 ? _descents : [])
            if (Descend(descent, probe, stepped, cancellationToken))
                return FitStop.TargetAccuracy;
        var best = _descents.MinBy(descent => descent.Point.Objective)!;
        if (Descend(best, starts.Count > 1 ? mostSteps - probe : mostSteps, stepped, cancellationToken))
            return FitStop.TargetAccuracy;
        if (Best!.Stationarity <= options.StationarityTolerance)
            return FitStop.Stationary;
        return best.Stop == FitStop.Plateau ? FitStop.Plateau : FitStop.Steps;
    }

    private bool Descend(BoundedDescent descent, int steps, Func<BoundedPoint, bool> stepped, CancellationToken cancellationToken)
    {
        for (int step = 0; step < steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            descent.Step(cancellationToken);
            if (descent.Stop is not null)
                return false;
            Steps++;
            if (stepped(descent.Point))
                return true;
        }
        return false;
    }
}
