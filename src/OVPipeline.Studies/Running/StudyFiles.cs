namespace OVPipeline.Studies;

/// <summary>The files of a study's folder.</summary>
/// <param name="Folder">The folder.</param>
internal sealed record StudyFiles(string Folder)
{
    public string Study => Path.Combine(Folder, "study.json");

    public string MergeLock => Path.Combine(Folder, ".merge.lock");

    /// <summary>Finished parts of experiments on a model.</summary>
    public string Store(StudyUnit unit) => Path.Combine(Folder, "cache", unit.ModelKey);

    /// <summary>What a model was when the study began.</summary>
    public string Model(StudyUnit unit) => Path.Combine(Folder, "models", unit.ModelKey + ".json");

    /// <summary>What was at a place that a measure reads, when the first of its units was run.</summary>
    public string Read(string place) => Path.Combine(Folder, "read", KeptFile.Digest(place) + ".json");

    /// <summary>What a unit found, of a digest of all that it depends on.</summary>
    public string Part(StudyUnit unit, string digest) =>
        Path.Combine(Parts, $"{unit.Number:00000}-{unit.MeasureName}-{digest}.json");

    /// <summary>Why a unit failed.</summary>
    public string Failure(StudyUnit unit) => Path.Combine(Folder, "failed", $"{unit.Number:00000}.json");

    /// <summary>The folder of the parts.</summary>
    public string Parts => Path.Combine(Folder, "parts");
}
