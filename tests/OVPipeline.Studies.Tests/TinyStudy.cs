using OVPipeline.Checkpoints;
using OVPipeline.Tests.Common;

namespace OVPipeline.Studies.Tests;

/// <summary>A study of tiny models, made of noise, in a folder of its own.</summary>
internal sealed class TinyStudy : IDisposable
{
    public const string Text = """
        name: tiny
        models:
          - model: noise
            sizes: {layers: 2, heads: 3, d-model: 16, d-head: 4, vocabulary: 150}
            revisions: [step1, step2]
        measures:
          - measure: atlas
            heads-per-unit: 2
          - measure: pairs
          - measure: copier
            ranks: [2, 4]
            seeds: [1]
            max-steps: 3
        """;

    public TinyStudy(string text = Text)
    {
        Folder = Directory.CreateTempSubdirectory("study-").FullName;
        File = Path.Combine(Folder, "study.yaml");
        Out = Path.Combine(Folder, "out");
        System.IO.File.WriteAllText(File, text);
    }

    public string Folder { get; }

    public string File { get; }

    public string Out { get; }

    public StudyPlan Plan => StudyPlan.Of(Study.Load(File));

    public StudyFolder Open(string? folder = null) => StudyFolder.Open(Plan, folder ?? Out, begin: true);

    /// <summary>Does a share of it with a process' own runner.</summary>
    public IReadOnlyList<UnitStatus> Run(StudyShard? shard = null, string? folder = null, int seed = 5) =>
        new StudyRunner(Open(folder), (_, revision) => Model(revision, seed)).Run(shard ?? StudyShard.Whole);

    public static TransformerCheckpoint Model(string revision, int seed = 5) => TinyModel.Create(seed: seed + revision[^1]);

    /// <summary>The bytes of the merged tables that say what was found, by name.</summary>
    public static Dictionary<string, byte[]> Merged(StudyFolder folder, bool partial = false) =>
        StudyMerge.Run(folder, partial).Files.Where(path => Path.GetFileName(path) != "runs.csv")
            .ToDictionary(path => Path.GetFileName(path), System.IO.File.ReadAllBytes);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
