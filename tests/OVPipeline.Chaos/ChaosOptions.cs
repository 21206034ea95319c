namespace OVPipeline.Chaos;

/// <summary>How much is tried.</summary>
/// <param name="Kills">How often each program is killed.</param>
/// <param name="Seed">Decides the moments.</param>
/// <param name="Only">Only trials whose name contains this; null for all.</param>
internal sealed record ChaosOptions(int Kills, int Seed = 1, string? Only = null)
{
    /// <summary>Whether the faults that are not kills meet one program, and one machine is tried: which one, the seed decides.</summary>
    public bool IsShort { get; init; }
}

/// <summary>What became of a trial.</summary>
/// <param name="Name">What was done, and to what.</param>
/// <param name="Kills">Processes that were killed while they worked.</param>
/// <param name="Faults">Other faults: full disks, signals, machines.</param>
/// <param name="Wrong">A sentence for each thing that was not as it should be.</param>
internal sealed record Outcome(string Name, int Kills, int Faults, IReadOnlyList<string> Wrong);
