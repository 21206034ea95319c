using System.Text.Json;

namespace OVPipeline.Benchmarks;

/// <summary>All that a command measured, as its JSON file has it. Times in seconds, memory in 10^6 bytes, shares in [0, 1].</summary>
internal sealed record Report(string Command, Machine Machine)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public List<ScoringResult> Scoring { get; } = [];

    public List<FittingResult> Fitting { get; } = [];

    public List<EngineResult> Engines { get; } = [];

    public List<PipelineResult> Pipeline { get; } = [];

    public List<ScalingResult> Scaling { get; } = [];

    public List<JobLine> Jobs { get; } = [];

    public IReadOnlyList<Goal> Goals { get; set; } = [];

    /// <summary>Writes the JSON file, where one was asked for: after every part, so that an interrupted run leaves its figures.</summary>
    public void Save(FileInfo? file)
    {
        if (file is null)
            return;
        Directory.CreateDirectory(file.DirectoryName!);
        File.WriteAllText(file.FullName, JsonSerializer.Serialize(this, Json));
    }
}
