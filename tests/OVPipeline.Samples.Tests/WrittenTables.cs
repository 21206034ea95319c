using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples.TestTheClaim;
using OVPipeline.Samples.Tests.TestTheClaim;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>Every table that HeadAtlas and TestTheClaim can write, of small models.</summary>
public sealed class WrittenTables : IDisposable
{
    private readonly Lazy<ReportTable[]> _all;

    public WrittenTables() => _all = new(() => [.. AtlasTables.Of(Atlas), .. OfExperiments()]);

    /// <summary>A folder for files.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("ovpipeline-tables-").FullName;

    /// <summary>An atlas of the embedded model.</summary>
    public HeadAtlas Atlas { get; } = new MLContext(seed: 1).ComputeHeadAtlas(
        TransformerCheckpoint.Load(Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter")), new() { Tokens = 2, KCompositions = 1, Positions = 8 });

    /// <summary>The tables.</summary>
    public IReadOnlyList<ReportTable> All => _all.Value;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private List<ReportTable> OfExperiments()
    {
        string results = Path.Combine(MainJob.FindRoot(), "data", "value-rank");
        var options = TinyForward.Options(Folder) with { Checkpoints = Path.Combine(Folder, "checkpoints"), ValueRankResults = results };
        var model = TinyForward.Model();
        foreach (int million in new[] { 1, 2 })
            Save(TinyForward.Model(seed: 10 + million), Path.Combine(options.Checkpoints, $"tokens-{million:d3}M"));
        Save(model, Path.Combine(options.Checkpoints, "tokens-004M"));
        var forward = TinyForward.Context(model, options);
        var weights = TinyForward.Context(TinyModel.Create(60, 8, 2, 3, 2), options, text: false);
        List<ReportTable> tables = [];
        List<string> ran = [];
        foreach (var experiment in ExperimentList.All)
        {
            foreach (var context in new[] { forward, weights }.Where(context => experiment.Unavailable(context) is null))
            {
                var parts = new PartCache(Path.Combine(Folder, "cache", context == forward ? "text" : "weights"), experiment.Name, "names");
                var section = experiment.Run(new ExperimentContext(context.Tested, options, parts), new Progress<ExperimentProgress>(), default);
                tables.AddRange(section.Tables);
                ran.Add(experiment.Name);
            }
        }
        Assert.Equal(ExperimentList.All.Select(experiment => experiment.Name), ran.Distinct());
        return tables;
    }

    private static void Save(TransformerCheckpoint model, string path)
    {
        using var module = AttentionOnlyTransformer.FromWeights(model.Weights);
        module.Save(path);
    }
}
