namespace OVPipeline.Studies;

/// <summary>What so many workers of a core each would take for a plan, by its estimates.</summary>
/// <param name="Workers">Workers, each with one shard.</param>
/// <param name="IdealSeconds">Seconds that it would take if it could be divided evenly.</param>
/// <param name="Makespan">Seconds until the last worker is done, each with its stretch of the plan.</param>
/// <param name="Loads">Times that a model is loaded by some worker.</param>
/// <param name="RoundRobinMakespan">Seconds, had unit i gone to worker i mod n instead.</param>
/// <param name="RoundRobinLoads">Loads, had it.</param>
/// <param name="Bytes">Bytes that workers read of models' files.</param>
public sealed record SimulatedRun(
    int Workers, double IdealSeconds, double Makespan, int Loads, double RoundRobinMakespan, int RoundRobinLoads, double Bytes)
{
    /// <summary>The share of workers' time that is not waited away, in [0, 1].</summary>
    public double Efficiency => IdealSeconds / Makespan;
}

/// <summary>Runs a plan on paper.</summary>
public static class StudySimulation
{
    /// <summary>How many workers are tried where nothing is said.</summary>
    public static IReadOnlyList<int> UsualWorkers { get; } = [1, 10, 30, 100, 300, 1000];

    /// <summary>A row for each number of workers.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="workers">Numbers of workers; null for the usual ones.</param>
    public static IReadOnlyList<SimulatedRun> Of(StudyPlan plan, IReadOnlyList<int>? workers = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        double ideal = plan.CoreSecondsOf([.. plan.Units]);
        return [.. (workers ?? UsualWorkers).Select(Run)];

        SimulatedRun Run(int count)
        {
            StudyUnit[][] stretches = [.. Enumerable.Range(0, count).Select(i => plan.UnitsOf(new(i, count)).ToArray())];
            StudyUnit[][] dealt = [.. Enumerable.Range(0, count).Select(i => plan.Units.Where(unit => unit.Number % count == i).ToArray())];
            return new(
                count, ideal / count, stretches.Max(plan.CoreSecondsOf), Loads(stretches), dealt.Max(plan.CoreSecondsOf), Loads(dealt),
                stretches.Sum(units => Models(units).Sum(unit => plan.Sizes[unit.Model.Name].Bytes)));
        }
    }

    private static int Loads(IEnumerable<StudyUnit[]> shards) => shards.Sum(units => Models(units).Count());

    private static IEnumerable<StudyUnit> Models(IEnumerable<StudyUnit> units) => units.DistinctBy(unit => unit.ModelKey);
}
