using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Reporting;
using OVPipeline.Tests.Common;
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
        TransformerCheckpoint.Load(Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter")),
        new() { Tokens = 2, KCompositions = 1, Positions = 8 });

    /// <summary>The tables.</summary>
    public IReadOnlyList<ReportTable> All => _all.Value;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // With text and without, so that tables of what is not run are there too.
    private List<ReportTable> OfExperiments()
    {
        string checkpoints = Path.Combine(Folder, "checkpoints");
        var model = TinyText.Model();
        foreach (int million in new[] { 1, 2 })
            TinyText.Model(seed: 10 + million).SaveTo(Path.Combine(checkpoints, $"tokens-{million:d3}M"));
        model.SaveTo(Path.Combine(checkpoints, "tokens-004M"));
        string results = Path.Combine(MainJob.FindRoot(), "data", "value-rank");
        var experiments = ClaimExperiments.All(quick: true, checkpoints: checkpoints, valueRankResults: results);
        Laboratory[] laboratories =
        [
            new(model, LaboratoryOptions.Quick, TinyText.Text()),
            new(TinyModel.Create(60, 8, 2, 3, 2), LaboratoryOptions.Quick),
        ];
        List<ReportTable> tables = [];
        List<string> ran = [];
        foreach (var experiment in experiments)
        {
            // The checkpoints are those of the first one's training.
            var able = (experiment is Dynamics ? laboratories[..1] : laboratories).Where(one => experiment.Unavailable(one) is null);
            foreach (var laboratory in able)
            {
                tables.AddRange(experiment.Run(laboratory).Tables);
                ran.Add(experiment.Info.Name);
            }
        }
        Assert.Equal(experiments.Select(experiment => experiment.Info.Name), ran.Distinct());
        var runner = new ExperimentRunner(experiments, ["reproduction"]);
        ModelOutcomes[] models = [.. laboratories.Select((one, at) => new ModelOutcomes($"model {at}", runner.Run(one)))];
        tables.AddRange(AcrossReport.Of(models).Sections.SelectMany(section => section.Tables));
        tables.AddRange(new RankFrontier(RankFrontierOptions.Quick with { Bounds = true }).Run(laboratories[1]).ToSection().Tables);
        return tables;
    }
}
