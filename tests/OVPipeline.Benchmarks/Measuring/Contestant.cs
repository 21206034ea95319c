namespace OVPipeline.Benchmarks;

/// <summary>One of several things that are measured in turn.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Rows">Rows that a measured run goes over.</param>
/// <param name="Run">Goes over the first so many rows. Timed.</param>
internal sealed record Contestant(string Name, int Rows, Action<int> Run)
{
    /// <summary>Done before each run, untimed.</summary>
    public Action Prepare { get; init; } = () => { };
}
