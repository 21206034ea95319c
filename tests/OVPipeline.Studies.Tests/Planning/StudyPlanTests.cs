using OVPipeline.Checkpoints;
using Xunit;

namespace OVPipeline.Studies.Tests;

public sealed class StudyPlanTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(100)]
    public void UnitsOf_AllShards_HaveEachUnitOnceInOrder(int count)
    {
        using var study = new TinyStudy();
        var plan = study.Plan;
        Assert.Equal(plan.Units, Enumerable.Range(0, count).SelectMany(i => plan.UnitsOf(new(i, count))));
    }

    [Fact]
    public void UnitsOf_ManyWorkers_IsWithinAUnitAndALoadOfTheIdeal()
    {
        using var study = new TinyStudy(TinyStudy.Text.Replace("layers: 2, heads: 3", "layers: 24, heads: 16", StringComparison.Ordinal)
            .Replace("150", "50000", StringComparison.Ordinal));
        var plan = study.Plan;
        double longest = plan.Units.Max(unit => unit.Work.CoreSeconds), load = plan.Costs.Load(plan.Sizes["noise"]);
        foreach (var run in StudySimulation.Of(plan, [1, 3, 10, 50]))
            Assert.InRange(run.Makespan, run.IdealSeconds, run.IdealSeconds + longest + (3 * load) + plan.Costs.StartSeconds);
    }

    [Fact]
    public void Simulation_OfStretches_OpensFewerModelsThanDealing()
    {
        using var study = new TinyStudy();
        var run = StudySimulation.Of(study.Plan, [4]).Single();
        Assert.InRange(run.Loads, 4, 5); // each worker one, and the one on the border between the revisions two
        Assert.Equal(8, run.RoundRobinLoads);
    }

    // Held to docs/performance.md's own figures, of two cores: the formula goes through what was measured.
    [Fact]
    public void FullPass_AtTheMeasuredShapes_IsWhatWasMeasured()
    {
        Assert.Equal(2 * 2.26, UnitCosts.FullPass(50_278, 64), 0.001);
        Assert.Equal(2 * 3.67, UnitCosts.FullPass(50_278, 128), 0.001);
        Assert.Equal(2 * 1.31, UnitCosts.RankPass(50_278, 128), 0.001);
        Assert.Equal(2 * 0.767, UnitCosts.Fit(128_256, 128, steps: 1), 0.001);
    }

    // What processes that ran one of them alone on the embedded model had at most, measured once.
    [Theory]
    [InlineData("put-back", 1304e6)]
    [InlineData("behaviour", 527e6)]
    public void Request_OfWhatRunsTheModel_HasTheMemoryThatItTook(string measure, double bytes)
    {
        using var study = new TinyStudy(EmbeddedWith(measure));
        Assert.InRange(WorkerRequest.Of(study.Plan, 1, 1).Megabytes * 1048576.0, bytes, 4 * bytes);
    }

    // Whoever shares them out must know that some experiments take a hundred times as long as others, and what steps do.
    [Fact]
    public void Work_OfExperiments_IsOfTheOrderOfWhatTheyTook()
    {
        double Of(string measure, string options = "quick: true")
        {
            using var study = new TinyStudy(EmbeddedWith($"{measure}\n    {options}"));
            return study.Plan.Units.Single().Work.CoreSeconds;
        }

        Assert.Equal(0, Of("value-rank"));
        string[] slowest = [.. new[] { "roles", "put-back", "reproduction", "patterns" }.OrderByDescending(one => Of(one)).Take(2)];
        Assert.Superset(new HashSet<string> { "put-back", "patterns" }, slowest.ToHashSet());
        Assert.True(Of("frontier", "quick: false") > 5 * Of("frontier"));
        Assert.True(Of("frontier", "max-fit-steps: 10") < 0.3 * Of("frontier", "quick: false"));
    }

    private static string EmbeddedWith(string measure) => $$"""
        name: embedded
        models:
          - model: quarter
            sizes: {layers: 2, heads: 12, d-model: 192, d-head: 16, vocabulary: 3142}
        measures:
          - measure: {{measure}}
        """;

    [Fact]
    public void Of_HubModelWithoutSizesOrNetwork_AsksForItsSizes()
    {
        using var study = new TinyStudy(TinyStudy.Text.Replace("model: noise", "model: nobody/noise", StringComparison.Ordinal)
            .Replace("    sizes: {", "    name: noise # {", StringComparison.Ordinal));
        using var hub = new HubClient(new() { Offline = true, CacheFolder = study.Folder });
        string mistake = Assert.Throws<StudyException>(() => StudyPlan.Of(Study.Load(study.File), hub: hub)).Message;
        Assert.StartsWith($"{study.File}: noise has no sizes here and cannot be had (nobody/noise", mistake, StringComparison.Ordinal);
        Assert.EndsWith("): say its sizes, with which it is planned.", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Request_OfAPlan_HasTwiceTheLongestShardsTime()
    {
        using var study = new TinyStudy(TinyStudy.Text.Replace("150", "500000", StringComparison.Ordinal));
        var plan = study.Plan;
        double longest = Enumerable.Range(0, 3).Max(i => plan.CoreSecondsOf(plan.UnitsOf(new(i, 3))));
        var request = WorkerRequest.Of(plan, workers: 3, cores: 2);
        Assert.Equal((int)Math.Ceiling(longest / 60), request.Minutes);
        Assert.Equal($"--array=0-2 --cpus-per-task=2 --mem={request.Megabytes}M --time={request.Minutes}", request.ToSlurm());
        Assert.True(request.Megabytes * 1048576.0 > plan.BytesOf(plan.Units));
    }
}
