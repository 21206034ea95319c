using System.Text.Json;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

/// <summary>What the experiments that run the model have in common.</summary>
public sealed class BehaviourExperimentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-behaviour-").FullName;

    /// <summary>By name, as xunit shows it.</summary>
    public static TheoryData<string> Names => [.. All.Keys];

    private static Dictionary<string, IExperiment> All { get; } = new IExperiment[]
    {
        new PutItBack(PutItBackOptions.Quick),
        new HeadRoles(HeadRolesOptions.Quick),
    }.ToDictionary(experiment => experiment.Info.Name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_TinyModel_GivesAWholeSectionThatIsNotInformative(string name)
    {
        var experiment = All[name];
        var laboratory = TinyForward.NewLaboratory(TinyForward.Model(), _folder);
        Assert.Null(experiment.Unavailable(laboratory));
        var section = experiment.Run(laboratory).ToSection();
        Assert.Equal((name, ReportStatus.NotInformative), (section.Id, section.Status));
        var ids = section.Tables.Select(table => table.Id).ToHashSet();
        Assert.All(section.Statements, statement => Assert.Contains(statement.Table, ids));
        Assert.All(section.Statements, statement => Assert.DoesNotContain("NaN", statement.Text, StringComparison.Ordinal));
        Assert.All(section.Charts, chart => Assert.NotEmpty(chart.Series));
        string json = JsonSerializer.Serialize(section.Tables, ReportDocument.Json);
        var read = JsonSerializer.Deserialize<IReadOnlyList<ReportTable>>(json, ReportDocument.Json);
        Assert.Equal(json, JsonSerializer.Serialize(read, ReportDocument.Json));
    }

    [Theory]
    [InlineData("put-back", 20 + 3 + 3)] // arms, mean ablations, splits
    [InlineData("roles", 1)]
    public void Run_PartsAreKept_NothingIsComputedAgain(string name, int parts)
    {
        var experiment = All[name];
        string first = TinyForward.Json(experiment.Run(TinyForward.NewLaboratory(TinyForward.Model(), _folder)).ToSection());
        var written = Directory.EnumerateFiles(_folder).ToDictionary(file => file, File.GetLastWriteTimeUtc);
        Assert.Equal(parts + 1, written.Keys.Count(file => Path.GetFileName(file).StartsWith(name + ".", StringComparison.Ordinal)));
        File.Delete(Path.Combine(_folder, $"{name}.result.json"));
        var laboratory = TinyForward.NewLaboratory(TinyForward.Model(), _folder);
        string second = TinyForward.Json(experiment.Run(laboratory).ToSection());
        Assert.Equal(first, second);
        Assert.Equal(written.Keys.Order(), Directory.EnumerateFiles(_folder).Order());
        Assert.Empty(laboratory.Store.Remarks);
        Assert.All(written.Keys.Where(file => !file.EndsWith(".result.json", StringComparison.Ordinal)),
            file => Assert.Equal(written[file], File.GetLastWriteTimeUtc(file)));
    }

    [Fact]
    public void Run_WeightsOnly_PutsNothingBackAndComparesHeadsByWeights()
    {
        var laboratory = TinyForward.NewLaboratory(TinyModel.Create(40, 8), text: false);
        Assert.Contains("no forward pass", new PutItBack().Unavailable(laboratory), StringComparison.Ordinal);
        Assert.Null(laboratory.MeanEmbedding);
        var roles = new HeadRoles();
        Assert.Null(roles.Unavailable(laboratory));
        var found = roles.Run(laboratory);
        Assert.Contains("no forward pass", found.NoFigures, StringComparison.Ordinal);
        var section = found.ToSection();
        Assert.Equal(["copied-sets", "copied-strata", "principal-angles"], section.Tables.Select(table => table.Id));
        var note = section.Notes.Single(note => note.Title == "No contexts");
        Assert.Contains("no forward pass", note.Text, StringComparison.Ordinal);
        Assert.Contains("induction scores were not measured", section.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void MeanEmbedding_OfText_IsTheMeanOfWhatTheLayerReads()
    {
        var model = TinyForward.Model();
        var effective = TinyForward.ForwardOf(model).MeanEmbedding();
        Assert.Equal((30, 12, 1), (effective.Residual.Rows, effective.Residual.Columns, effective.Layer));
        Assert.All(effective.Residual.Row(0).ToArray(), value => Assert.True(float.IsFinite(value)));
        // Every window starts with the separator, which attends to itself alone: its residual is the same everywhere.
        var layer = FactoredMatrix.Sum([.. model.Weights.Config.HeadsOf(0).Select(model.Weights.OVCircuit)]);
        var written = MatrixProduct.Multiply(model.Weights.W_E.SelectRows([0]), layer.ToMatrix());
        double[] expected = [.. Enumerable.Range(0, 12).Select(k => (double)model.Weights.W_E[0, k] + written[0, k])];
        TinyForward.Equal(expected, [.. effective.Residual.Row(0).ToArray().Select(value => (double)value)], 1e-4);
    }
}
