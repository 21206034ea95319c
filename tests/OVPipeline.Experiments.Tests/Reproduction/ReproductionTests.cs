using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class ReproductionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-reproduction-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_TinyModel_FindsTheHeadThatCopies()
    {
        var found = Quick(TinyModel.Create());
        Assert.Equal(("1.2", 6), (found.Heads[0].Name, found.Heads.Count));
        Assert.Equal(6, found.Found.Pairs.Count); // three of each layer
        Assert.Equal(
            ["best head, 1.2", $"best pair, {found.Found.BestPair!.Name}", "best pair, truncated to 4", "all of layer 0", "all of layer 1",
                "direct path", "trained copier, rank 4", "trained copier, rank 9"],
            found.Circuits.Select(circuit => circuit.Row.Name));
        Assert.Equal(found.Heads[0].Top1, found.Head.Row.Top1);
        Assert.Equal((4, CircuitKind.Trained), (found.Copier.Row.Rank, found.Copier.Row.Kind));
        Assert.True(found.Copier.Row.Top1 > found.Head.Row.Top1, "A fit copied no more than a head of its rank.");
        Assert.All(found.Circuits, circuit => Assert.True(circuit.Comparable && circuit.FromMeanEmbedding is null));
        Assert.NotEmpty(found.NoMeanEmbedding);
    }

    [Fact]
    public void Run_Circuits_AreMeasuredAsTheyAreAndWithoutTheirMeanRow()
    {
        var model = TinyModel.Create(40, 8, 1, 2, 2);
        var laboratory = new Laboratory(model);
        var found = new Reproduction(ReproductionOptions.Quick).Run(laboratory);
        var layer = TokenCircuit.OfHeads(model.Weights, [.. model.Weights.Config.HeadsOf(0)]);
        var measured = found.Circuits.Single(circuit => circuit.Row.Kind == CircuitKind.Layer);
        Assert.Equal(laboratory.Copying.Circuit(CircuitKind.Layer, "all of layer 0", layer).LogLoss, measured.Row.LogLoss);
        Assert.Equal(laboratory.Copying.Circuit(CircuitKind.Layer, "x", layer.WithoutMeanRow()).LogLoss, measured.WithoutMeanRow.LogLoss);
        Assert.NotEqual(measured.Row.LogLoss, measured.WithoutMeanRow.LogLoss);
    }

    [Fact]
    public void Run_FewHeadsScored_AreTheBestAndTheGateSeesAll()
    {
        var model = TinyModel.Create();
        Laboratory few = new(model, new() { ScoredHeads = 2 }), all = new(model);
        Assert.Equal(TinyForward.Json(all.Heads().Take(2)), TinyForward.Json(few.Heads()));
        Assert.Equal(6, all.Heads().Count);
        Assert.Equal(TinyForward.Json(all.Gate()), TinyForward.Json(few.Gate()));
        Assert.NotEqual(all.Key, few.Key);
        var tables = new Reproduction(ReproductionOptions.Quick).Run(few).ToSection().Tables;
        Assert.Contains(tables, table => table.Title == "The best 2 of 6 heads alone");
        Assert.All(few.Gate().Heads, row => Assert.Equal(all.Heads().Single(one => one.Heads[0] == row.Head).Top1, row.Top1));
    }

    [Fact]
    public void Run_Again_TakesWhatIsKeptAndGivesTheSameSection()
    {
        var model = TinyModel.Create(40, 8, 1, 2, 2);
        var first = Quick(model);
        var laboratory = new Laboratory(model, new() { Store = _folder });
        var kept = new Reproduction(ReproductionOptions.Quick).Kept(laboratory);
        Assert.NotNull(kept);
        Assert.Equal(TinyForward.Json(first.ToSection()), TinyForward.Json(kept.ToSection()));
        Assert.Equal(first.CopierFailed, kept.CopierFailed);
        Assert.Empty(laboratory.Store.Remarks);
    }

    [Theory]
    [InlineData(2, 40)]
    [InlineData(1, 41)]
    public void Kept_OtherOptions_IsNone(int seed, int steps)
    {
        var model = TinyModel.Create(30, 8, 1, 2, 2);
        Quick(model);
        var options = ReproductionOptions.Quick with { Seed = seed, MaxFitSteps = steps };
        Assert.Null(new Reproduction(options).Kept(new Laboratory(model, new() { Store = _folder })));
    }

    [Theory]
    [InlineData(30, 8, 1, 1, 8)] // one layer of one head, as wide as the model
    [InlineData(4, 2, 1, 1, 1)]  // fewer tokens than the top 5
    [InlineData(20, 6, 3, 2, 3)]
    [InlineData(25, 4, 1, 2, 6)] // heads wider than the model
    public void ToSection_OddShapes_IsWhole(int vocabulary, int dModel, int layers, int heads, int dHead)
    {
        var section = Quick(TinyModel.Create(vocabulary, dModel, layers, heads, dHead)).ToSection();
        Assert.Equal(
            ["circuits", "heads", "pairs", "without-mean-row", "mean-embeddings"], section.Tables.Select(table => table.Id));
        Assert.NotEmpty(section.Statements);
        Assert.All(section.Statements, statement => Assert.DoesNotContain("NaN", statement.Text, StringComparison.Ordinal));
        Assert.Equal(["circuits-picture"], section.Charts.Select(chart => chart.Id));
        Assert.StartsWith("Not run: ", section.Tables[^1].Units, StringComparison.Ordinal);
    }

    [Fact]
    public void CopierFailed_CircuitOfLowerLoss_CountsWhereTheCopierCouldHaveBeenIt()
    {
        var found = Quick(TinyModel.Create(30, 8, 1, 2, 2));
        Assert.Null(found.CopierFailed);
        Assert.Contains("best head, ", WithLoss(comparable: true).CopierFailed?.Reason, StringComparison.Ordinal);
        Assert.Null(WithLoss(comparable: false).CopierFailed);

        ReproductionResult WithLoss(bool comparable)
        {
            var head = found.Head with { Row = found.Head.Row with { LogLoss = 0 }, Comparable = comparable };
            return found with { Circuits = [head, .. found.Circuits.Skip(1)] };
        }
    }

    private ReproductionResult Quick(TransformerCheckpoint model) =>
        new Reproduction(ReproductionOptions.Quick).Run(new Laboratory(model, new() { Store = _folder }));
}
