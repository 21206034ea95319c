using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Torch;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class BehaviourExperimentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-behaviour-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_TinyModel_GivesWholeSectionsThatAreNotInformative()
    {
        var model = TinyForward.Model();
        foreach (int million in new[] { 1, 2, 4 })
            SaveCheckpoint(TinyForward.Model(seed: 10 + million), Path.Combine(_folder, "checkpoints", $"tokens-{million:d3}M"));
        SaveCheckpoint(model, Path.Combine(_folder, "checkpoints", "tokens-008M"));
        var options = TinyForward.Options(_folder) with { Checkpoints = Path.Combine(_folder, "checkpoints") };
        var context = TinyForward.Context(model, options);
        List<ReportSection> sections = [];
        foreach (IExperiment experiment in new IExperiment[] { new PutItBack(), new HeadRoles(), new Dynamics(), new OneOrTwoPatterns() })
        {
            Assert.Null(experiment.Unavailable(context));
            var fresh = new ExperimentContext(context.Tested, options, new PartCache(Path.Combine(_folder, "cache"), experiment.Name, "test"));
            var section = experiment.Run(fresh, new Progress<ExperimentProgress>(), default);
            Assert.Equal(section.Id, experiment.Name);
            sections.Add(section);
            if (experiment is not OneOrTwoPatterns)
                Assert.Equal(ReportStatus.NotInformative, section.Status);
            var ids = section.Tables.Select(table => table.Id).ToHashSet();
            Assert.All(section.Statements, statement => Assert.Contains(statement.Table, ids));
            Assert.All(section.Statements, statement => Assert.DoesNotContain("NaN", statement.Text, StringComparison.Ordinal));
            string json = JsonSerializer.Serialize(section, ReportDocument.Json);
            Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<ReportSection>(json, ReportDocument.Json), ReportDocument.Json));
            // From the cached parts it is the same.
            Assert.Equal(json, JsonSerializer.Serialize(experiment.Run(fresh, new Progress<ExperimentProgress>(), default), ReportDocument.Json));
        }
        ReportFiles.Write(model, options, sections, TimeSpan.Zero); // ids are unique, or this throws
    }

    [Fact]
    public void Unavailable_WeightsOnly_SaysWhy()
    {
        var context = TinyForward.Context(TinyModel.Create(40, 8), TinyForward.Options(_folder), text: false);
        foreach (var experiment in ExperimentList.All.Where(experiment => experiment is PutItBack or HeadRoles or Dynamics or OneOrTwoPatterns))
            Assert.Contains("no forward pass", experiment.Unavailable(context), StringComparison.Ordinal);
        Assert.Contains("no results", new ValueRank().Unavailable(context), StringComparison.Ordinal);
        Assert.Null(context.Tested.Effective);
    }

    [Fact]
    public void Unavailable_NoCheckpoints_SaysSo()
    {
        var (model, options) = (TinyForward.Model(), TinyForward.Options(_folder));
        Assert.Contains("--checkpoints", new Dynamics().Unavailable(TinyForward.Context(model, options)), StringComparison.Ordinal);
        Assert.Contains("there are no checkpoints", new Dynamics().Unavailable(TinyForward.Context(model, options with { Checkpoints = _folder })), StringComparison.Ordinal);
    }

    [Fact]
    public void EffectiveEmbedding_OfText_IsTheMeanOfWhatTheLayerReads()
    {
        var model = TinyForward.Model();
        var effective = TinyForward.Forward(model).EffectiveEmbedding();
        Assert.Equal((30, 12, 1), (effective.Residual.Rows, effective.Residual.Columns, effective.Layer));
        Assert.Equal(effective.Counts.Sum(), effective.Counts[0] + effective.Counts.Skip(1).Sum());
        Assert.All(effective.Residual.Row(0).ToArray().Zip(model.Weights.W_E.Row(0).ToArray()), pair => Assert.True(float.IsFinite(pair.First)));
        // Every window starts with the separator, which attends to itself alone: its residual is the same everywhere.
        var layer = FactoredMatrix.Sum([.. model.Weights.Config.HeadsOf(0).Select(model.Weights.OVCircuit)]);
        var written = MatrixProduct.Multiply(model.Weights.W_E.SelectRows([0]), layer.ToMatrix());
        TinyForward.Equal([.. Enumerable.Range(0, 12).Select(k => (double)model.Weights.W_E[0, k] + written[0, k])], [.. effective.Residual.Row(0).ToArray().Select(value => (double)value)], 1e-4);
    }

    [Fact]
    public void Gate_Heads_ChoosesInductionHeadsThatCopy()
    {
        GateRow Row(int head, double induction, double top1) => new(new(1, head), induction, top1);
        var passes = Gate.Of([Row(0, 0.9, 0.001), Row(1, 0.4, 0.3), Row(2, 0.6, 0.05), Row(3, 0.31, 0.9)]);
        Assert.Equal((true, 2, 1), (passes.Informative, passes.A.Head, passes.B.Head));
        var fails = Gate.Of([Row(0, 0.9, 0.001), Row(1, 0.29, 0.3), Row(2, 0.6, 0.05), Row(3, 0.1, 0.9)]);
        Assert.Equal((false, 1, 3), (fails.Informative, fails.A.Head, fails.B.Head));
        Assert.Contains("0.900 (head 1.0", fails.Reason, StringComparison.Ordinal);
        Assert.Equal(ReportTopic.NotInformative, fails.Topic(ReportTopic.Found));
    }

    private static void SaveCheckpoint(TransformerCheckpoint model, string folder)
    {
        using var module = AttentionOnlyTransformer.FromWeights(model.Weights);
        module.Save(folder);
    }
}
