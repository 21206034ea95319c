using OVPipeline.Tests.Common;

namespace OVPipeline.Studies.Tests;

/// <summary>A study of the embedded model's checkpoints, in a folder of its own.</summary>
internal sealed class CheckpointStudy : IDisposable
{
    public CheckpointStudy(string revisions = "1M, 5M, 20M")
    {
        Folder = Directory.CreateTempSubdirectory("checkpoints-").FullName;
        File = Path.Combine(Folder, "study.yaml");
        System.IO.File.WriteAllText(File, $$"""
            name: checkpoints
            models:
              - model: {{Path.Combine(SharedFiles.Root, "data", "attn-only-2l-quarter")}}
                revisions: [{{revisions}}]
            measures:
              - measure: atlas
                heads-per-unit: 2
              - measure: copier
                ranks: [4, 16]
                seeds: [1]
                max-steps: 20
            """);
    }

    public string Folder { get; }

    public string File { get; }

    /// <summary>A folder beside the study's file.</summary>
    public string In(string name) => Path.Combine(Folder, name);

    /// <summary>The bytes of the merged tables that say what was found, by name.</summary>
    public static Dictionary<string, byte[]> Tables(string folder) => new[] { "figures.csv", "figures.parquet", "schema.json" }
        .ToDictionary(name => name, name => System.IO.File.ReadAllBytes(Path.Combine(folder, name)));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
