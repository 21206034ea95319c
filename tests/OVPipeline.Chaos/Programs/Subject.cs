namespace OVPipeline.Chaos;

/// <summary>A program that is tried, and how to tell what it has done.</summary>
/// <param name="Name">For people.</param>
/// <param name="Program">The sample.</param>
/// <param name="Arguments">Its arguments, by the folder that it writes to, and whether it goes on.</param>
/// <param name="Digest">The results in a folder, as a text that equal results share; null where they are not all there.</param>
internal sealed record Subject(
    string Name, string Program, Func<string, bool, string[]> Arguments, Func<string, string?> Digest)
{
    /// <summary>Variables to set, by the folder.</summary>
    public Func<string, Dictionary<string, string>> Environment { get; init; } = static _ => [];

    /// <summary>Whether a run has come so far that it is worth a kill.</summary>
    public Func<string, bool> HasBegun { get; init; } = static _ => true;

    /// <summary>Files that are finished, by path: they must stay as they are.</summary>
    public Func<string, IEnumerable<string>> Finished { get; init; } = static _ => [];

    /// <summary>What of the results is the same on every machine, and on every one with fused multiply-add; all of it where null.</summary>
    public Func<string, bool, string?>? Certified { get; init; }

    /// <summary>The digest of an uninterrupted run.</summary>
    public string Whole { get; set; } = "";

    /// <summary>Where that run left its results.</summary>
    public string WholeFolder { get; set; } = "";

    /// <summary>Bytes that such a run leaves.</summary>
    public long Bytes { get; set; }

    /// <summary>Seconds that it takes.</summary>
    public double Seconds { get; set; }

    /// <summary>What of the results in a folder is the same on every machine, or on every one with fused multiply-add.</summary>
    public string? CertifiedIn(string folder, bool hasFusedMultiplyAdd) =>
        Certified is null ? Digest(folder) : Certified(folder, hasFusedMultiplyAdd);

    /// <summary>Seconds of a processor that it takes.</summary>
    public double ProcessorSeconds { get; set; }

    public RunningProgram Start(string folder, bool again = false, Dictionary<string, string>? more = null, string[]? before = null)
    {
        var environment = Environment(folder);
        foreach (var (name, value) in more ?? [])
            environment[name] = value;
        return new(Program, Arguments(folder, again), environment, before);
    }
}
