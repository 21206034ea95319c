using System.Globalization;

namespace OVPipeline.Studies;

/// <summary>What a scheduler is asked for, for each of the workers that share a study.</summary>
/// <param name="Workers">Workers: tasks of an array, completions of an indexed job.</param>
/// <param name="Cores">Cores of each.</param>
/// <param name="Megabytes">Memory of each, in MiB.</param>
/// <param name="Minutes">Time of each.</param>
public sealed record WorkerRequest(int Workers, int Cores, int Megabytes, int Minutes)
{
    // Estimates are of other machines than the one that is asked for.
    private const double MoreTime = 2, MoreMemory = 1.25;
    private const int LeastMinutes = 10;

    /// <summary>What a plan asks for: the largest shard's time, twice, and the largest unit's memory with a quarter more.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="workers">Workers, at least 1.</param>
    /// <param name="cores">Cores of each, at least 1.</param>
    public static WorkerRequest Of(StudyPlan plan, int workers, int cores)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(cores, 1);
        double seconds = Enumerable.Range(0, workers).Max(i => plan.CoreSecondsOf(plan.UnitsOf(new(i, workers)))) / cores;
        return new(workers, cores, (int)Math.Ceiling(MoreMemory * plan.BytesOf(plan.Units) / (1 << 20)),
            Math.Max(LeastMinutes, (int)Math.Ceiling(MoreTime * seconds / 60)));
    }

    /// <summary>As options of <c>sbatch</c>.</summary>
    public string ToSlurm() => string.Create(CultureInfo.InvariantCulture,
        $"--array=0-{Workers - 1} --cpus-per-task={Cores} --mem={Megabytes}M --time={Minutes}");

    /// <summary>As a patch of the Kubernetes Job of that name.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="container">The container's name.</param>
    public string ToKubernetes(string job, string container) => string.Create(CultureInfo.InvariantCulture, $"""
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: {job}
        spec:
          completions: {Workers}
          parallelism: {Workers}
          template:
            spec:
              containers:
                - name: {container}
                  env:
                    - name: JOB_COMPLETIONS
                      value: "{Workers}"
                    - name: DOTNET_PROCESSOR_COUNT
                      value: "{Cores}"
                  resources:
                    requests:
                      cpu: "{Cores}"
                      memory: {Megabytes}Mi
                    limits:
                      memory: {Megabytes}Mi
        """);
}
