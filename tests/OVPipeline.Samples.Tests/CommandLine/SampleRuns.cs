using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>A command line of every sample that takes a few seconds, most on a model of thirty tokens.</summary>
public sealed class SampleRuns : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-runs-").FullName;

    private readonly Dictionary<string, string> _lines = new()
    {
        ["CopyingOverTraining"] = "--at 1M,20M --heads 1.1,1.7",
        ["HeadAtlas"] = "MODEL --out OUT",
        ["InspectCheckpoint"] = "",
        ["KnownModels"] = "",
        ["MeasureBehaviour"] = "MODEL --text none",
        ["PublishedModel"] = "MODEL --bounds --out OUT",
        ["RankFrontier"] = "MODEL --out OUT",
        ["ReproduceClaim"] = "MODEL --all --out OUT",
        ["RunStudy"] = "plan samples/RunStudy/studies/pythia-160m.yaml",
        ["ScoreToken"] = "ZIP word1 #2",
        ["TestTheClaim"] = "MODEL --quick --only reproduction,frontier --out OUT",
        ["TrainModel"] = "--text TEXT --tokenizer TOKENIZER --out NEW --heads 2 --d-model 32 --context 32 --batch 4 --tokens 7680 "
            + "--log-every 2560 --threads 1",
    };

    public SampleRuns()
    {
        var model = TinyText.Model();
        model.SaveTo(Model);
        File.WriteAllText(Path.Combine(_folder, "text.txt"),
            string.Join("\n\n", Enumerable.Range(0, 1_000).Select(i => $"The stone {i % 7} walks and the river never {i % 5}.")));
        var ml = new MLContext();
        var tokens = ml.Data.LoadVocabulary(model);
        var head = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(ml.Transforms.ScoreTopK());
        ml.Model.Save(head.Fit(tokens), tokens.Schema, Path.Combine(_folder, "head.zip"));
    }

    /// <summary>All samples: every folder that has a project.</summary>
    public static IEnumerable<string> All => Directory.EnumerateFiles(Folder, "*.csproj", SearchOption.AllDirectories)
        .Select(project => Path.GetFileNameWithoutExtension(project)).Order();

    /// <summary>Where they are.</summary>
    public static string Folder => Path.Combine(MainJob.FindRoot(), "samples");

    private string Model => Path.Combine(_folder, "model");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Runs a sample's short command line, with more words behind it.</summary>
    internal SampleProcess Run(string sample, params string[] more)
    {
        Assert.True(_lines.TryGetValue(sample, out string? line), $"{sample} is new: give it a command line here.");
        string[] words = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word switch
        {
            "MODEL" => Model,
            "OUT" => Path.Combine(_folder, "out", sample),
            "NEW" => Path.Combine(_folder, "out", Guid.NewGuid().ToString("N")),
            "ZIP" => Path.Combine(_folder, "head.zip"),
            "TEXT" => Path.Combine(_folder, "text.txt"),
            "TOKENIZER" => Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter"),
            _ => word,
        })];
        return SampleProcess.Run(sample, [.. words, .. more], MainJob.FindRoot());
    }
}
