using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class DynamicsTests : IDisposable
{
    private static readonly long[] s_tokens = [1, 2, 3, 4, 5, 6];

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-dynamics-").FullName;

    private string Checkpoints => Path.Combine(_folder, "checkpoints");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_Checkpoints_MeasuresEachAndKeepsTheResult()
    {
        var model = TinyForward.Model();
        foreach (int million in new[] { 1, 2, 4, 6 })
            Save(TinyForward.Model(seed: 10 + million), $"tokens-{million:d3}M");
        Save(model, "tokens-008M");
        var options = DynamicsOptions.Quick with { Checkpoints = Checkpoints };
        var experiment = new Dynamics(options);
        var laboratory = TinyForward.NewLaboratory(model, _folder);
        Assert.Null(experiment.Unavailable(laboratory));
        var result = experiment.Run(laboratory);
        Assert.Equal([1_000_000, 2_000_000, 4_000_000, 6_000_000, 8_000_000], result.Tokens);
        Assert.Equal(Enumerable.Range(0, 3).Select(head => Top1(model, new HeadIndex(1, head))), result.Checkpoints[^1].Heads);
        Assert.Equal(Top1(model, result.Gate.A, result.Gate.B), result.Checkpoints[^1].Pair);
        Assert.Equal(Top1(model, [.. model.Weights.Config.HeadsOf(1)]), result.Checkpoints[^1].Layer);
        // Two fits of five checkpoints: every third, the last, and where both have started.
        long[] fitted = [.. new[] { 0, 3, result.BothStarted ?? 0, 4 }.Distinct().Order().Select(i => result.Tokens[i])];
        Assert.Equal(fitted, result.Frontiers.Select(one => one.Tokens));
        Assert.All(result.Frontiers, one => Assert.InRange(one.A.Top1, 1 / 30.0, 1));
        var section = result.ToSection();
        Assert.Equal(ReportStatus.NotInformative, section.Status);
        Assert.Equal(["dynamics-milestones", "dynamics-checkpoints", "dynamics-slack"], section.Tables.Select(table => table.Id));
        Assert.All(section.Statements, statement => Assert.DoesNotContain("NaN", statement.Text, StringComparison.Ordinal));

        laboratory = TinyForward.NewLaboratory(model, _folder);
        Assert.Equal(TinyForward.Json(section), TinyForward.Json(experiment.Kept(laboratory)!.ToSection()));
        Assert.Null(new Dynamics(options with { FrontierFits = 3 }).Kept(laboratory));
        Save(TinyForward.Model(seed: 3), "tokens-007M");
        Assert.Null(experiment.Kept(laboratory));
    }

    [Fact]
    public void Run_Revisions_MeasuresThoseWithInductionScores()
    {
        var model = TinyForward.Model();
        foreach (int million in new[] { 1, 2, 4, 6 })
            Save(TinyForward.Model(seed: 10 + million), $"tokens-{million:d3}M");
        Save(model, "tokens-008M");
        var options = DynamicsOptions.Quick with { Checkpoints = Checkpoints, Revisions = ["8M", "tokens-002M", "1000000"] };
        var laboratory = TinyForward.NewLaboratory(model);
        var result = new Dynamics(options).Run(laboratory);
        Assert.Equal([1_000_000, 2_000_000, 8_000_000], result.Tokens);
        // The last checkpoint is the model: its scores are the gate's.
        Assert.Equal(result.Gate.Heads.OrderBy(row => row.Head.Head).Select(row => row.Induction), result.Checkpoints[^1].Induction!);
        Assert.NotEqual(result.Checkpoints[0].Induction, result.Checkpoints[^1].Induction);
        var history = result.ToSection().Tables.Single(table => table.Id == "dynamics-checkpoints");
        Assert.EndsWith("induction_a,induction_b", history.ToCsv().Split("\r\n")[0], StringComparison.Ordinal);
        var unknown = new Dynamics(options with { Revisions = ["9M"] }).Unavailable(laboratory);
        Assert.Contains("has no checkpoint 9M; it has 5, tokens-001M to tokens-008M", unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NoText_IsByWeightsAlone()
    {
        var model = TinyForward.Model();
        foreach (int million in new[] { 1, 2 })
            Save(TinyForward.Model(seed: 10 + million), $"tokens-{million:d3}M");
        Save(model, "tokens-003M");
        var experiment = new Dynamics(DynamicsOptions.Quick with { Checkpoints = Checkpoints });
        var laboratory = new Laboratory(model);
        Assert.Contains("there is no text", laboratory.Forward.Unavailable, StringComparison.Ordinal);
        Assert.Null(experiment.Unavailable(laboratory));
        var result = experiment.Run(laboratory);
        Assert.All(result.Checkpoints, one => Assert.Null(one.Induction));
        Assert.Equal(Top1(model, result.Gate.A), result.Checkpoints[^1].Heads[result.Gate.A.Head]);
        var best = result.Checkpoints[^1].Heads.OrderDescending().Take(2);
        Assert.Equal(best, new[] { Top1(model, result.Gate.A), Top1(model, result.Gate.B) }.OrderDescending());
        var section = result.ToSection();
        Assert.Contains("induction scores were not measured: there is no text", section.Reason, StringComparison.Ordinal);
        Assert.Contains("By weights alone", section.Tables[1].Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Loading_IsSaidOfEachCheckpoint()
    {
        var model = TinyForward.Model();
        foreach (string name in new[] { "tokens-1M", "tokens-2M", "tokens-3M" })
            Save(model, name);
        var options = DynamicsOptions.Quick with { Checkpoints = Checkpoints, Loading = new() { CenterUnembed = true } };
        var laboratory = TinyForward.NewLaboratory(model, _folder);
        var series = ModelSeries.Open(options, model.Weights);
        var weights = ModelSeries.Load(series, series.Checkpoints[0], model.Weights.Config);
        Assert.Contains(weights.Processing, step => step.Contains("W_U", StringComparison.Ordinal));
        new Dynamics(options).Run(laboratory);
        Assert.Null(new Dynamics(options with { Loading = null }).Kept(laboratory)); // other weights, another result
    }

    [Fact]
    public void Run_CheckpointOfAnotherShape_NamesIt()
    {
        var model = TinyForward.Model();
        foreach (string name in new[] { "tokens-1M", "tokens-2M" })
            Save(model, name);
        using var other = new Transformer(
            new() { Name = "other", Vocabulary = 30, DModel = 12, Layers = 2, Heads = 2, DHead = 6, ContextLength = 16 }, new(), 1);
        other.Save(Path.Combine(Checkpoints, "tokens-3M"));
        var experiment = new Dynamics(DynamicsOptions.Quick with { Checkpoints = Checkpoints });
        var thrown = Assert.Throws<CheckpointException>(() => experiment.Run(TinyForward.NewLaboratory(model)));
        Assert.Contains("tokens-3M", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("2 layers of 2 heads", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unavailable_TooFewCheckpoints_SaysSo()
    {
        var laboratory = TinyForward.NewLaboratory(TinyForward.Model());
        string? Why(string? folder) => new Dynamics(new() { Checkpoints = folder }).Unavailable(laboratory);
        Assert.Equal("no checkpoints of its training were given (--checkpoints)", Why(null));
        Assert.StartsWith($"checkpoints of its training cannot be had: {Checkpoints}: there is no such folder", Why(Checkpoints)!,
            StringComparison.Ordinal);
        Directory.CreateDirectory(Checkpoints);
        Assert.StartsWith(
            $"there are no checkpoints of its training in {Checkpoints} (tokens-", Why(Checkpoints)!, StringComparison.Ordinal);
        foreach (string name in new[] { "tokens-1M", "tokens-2M" })
            Save(TinyForward.Model(), name);
        Assert.Equal($"of its training there are 2 checkpoints in {Checkpoints}; at least 3 are needed", Why(Checkpoints));
        Save(TinyForward.Model(), "tokens-3M");
        Assert.Null(Why(Checkpoints));
    }

    [Theory]
    [InlineData(0.9, null, true, DynamicsVerdict.Supported)]
    [InlineData(0.42, null, false, DynamicsVerdict.NoSlack)]
    [InlineData(0.9, "did not converge", null, DynamicsVerdict.Open)]
    public void Result_HeadsThatOverlap_FollowsTheFitOfTheFirst(double fit, string? failed, bool? slack, DynamicsVerdict verdict)
    {
        // B starts after 1M, A after 2M; both are done after 4M. Head 1 never copies.
        var result = Result([0, 0.002, 0], [0, 0.002, 0.4], [0.4, 0.01, 0.41], [0.5, 0.01, 0.5], [0.9, 0.01, 0.9]) with
        {
            Frontiers = [new(1_000_000, new(0.9, null), new(0.9, null)), new(3_000_000, new(0.1, "is A's"), new(fit, failed))],
        };
        Assert.Equal([new HeadIndex(1, 1)], result.Bystanders);
        Assert.Equal((new HeadIndex(1, 2), 2, verdict), (result.First, result.BothStarted!.Value, result.Verdict));
        Assert.Equal(new Milestone(2_000_000, 3_000_000), result.HistoryA.Start);
        Assert.Equal(new Milestone(1_000_000, 2_000_000), result.HistoryB.Start);
        Assert.Equal(slack, result.HasSlack);
        Assert.Equal(DynamicsVerdicts.HasSlack(result.Share(result.Frontiers[1], new(1, 2))), result.HasSlack);
        Assert.Null(result.Share(result.Frontiers[1], new(1, 0)));
        Assert.Throws<ArgumentException>(() => result.Share(result.Frontiers[1], new(1, 1)));
        Assert.Null((result with { Frontiers = result.Frontiers.Take(1).ToArray() }).HasSlack);
        var read = JsonSerializer.Deserialize<DynamicsResult>(JsonSerializer.Serialize(result, ReportDocument.Json), ReportDocument.Json)!;
        Assert.Equal(TinyForward.Json(result.ToSection()), TinyForward.Json(read.ToSection()));
    }

    [Fact]
    public void Result_HeadThatNeverStarts_IsOpen()
    {
        var result = Result([0, 0.002, 0], [0, 0.002, 0.4], [0, 0.01, 0.4]);
        Assert.Equal((new HeadIndex(1, 2), DynamicsVerdict.Open), (result.First, result.Verdict));
        Assert.Null(result.BothStarted);
        Assert.Null(result.HasSlack);
        var statement = Assert.Single(result.ToSection().Statements);
        Assert.Contains("head 1.0 started not by the end", statement.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_LeavesTheBandTwice_StartsTheSecondTime()
    {
        var history = HeadHistory.Of(s_tokens, [0, 2, 0.5, 2, 3.8, 4], [1, 1, 1, 1, 1, 1]);
        Assert.Equal((new Milestone(3, 4), new Milestone(4, 5)), (history.Start, history.Done));
    }

    [Theory]
    [InlineData(new double[] { 0, 2, 2, 2, 2, 4 }, new double[] { 0, 0, 2, 2, 2, 4 }, true, "Supported")]
    [InlineData(new double[] { 0, 2, 2, 2, 2, 4 }, new double[] { 0, 0, 2, 2, 2, 4 }, false, "NoSlack")]
    [InlineData(new double[] { 0, 4, 4, 4, 4, 4 }, new double[] { 0, 0, 0, 2, 2, 4 }, true, "Refuted")]
    [InlineData(new double[] { 0, 0, 4, 4, 4, 4 }, new double[] { 0, 0, 2, 2, 2, 4 }, true, "Open")] // between the same two checkpoints
    [InlineData(new double[] { 0, 2, 2, 2, 2, 4 }, new double[] { 0, 0, 0, 0, 0, 0 }, true, "Open")] // never starts
    public void Judge_Histories_FollowsTheRule(double[] a, double[] b, bool slack, string verdict)
    {
        double[] band = [1, 1, 1, 1, 1, 1];
        HeadHistory ofA = HeadHistory.Of(s_tokens, a, band), ofB = HeadHistory.Of(s_tokens, b, band);
        Assert.Equal(verdict, HeadHistory.Judge(ofA, ofB, slack).ToString());
        Assert.Equal(verdict, HeadHistory.Judge(ofB, ofA, slack).ToString());
    }

    // Checkpoints at 1M, 2M and so on, of top-1 shares of the heads of layer 1: A is head 1.0, B 1.2.
    private static DynamicsResult Result(params double[][] shares) => new()
    {
        Model = new() { Name = "x", Layers = 2, Heads = 3, DModel = 12, DHead = 4, Vocabulary = 1000 },
        Gate = new(new(1, 0), new(1, 2), [new(new(1, 0), 0.5, 0.9), new(new(1, 1), 0.1, 0.01), new(new(1, 2), 0.6, 0.9)]),
        NormsHeld = true,
        Checkpoints = [.. shares.Select((heads, i) => new CheckpointFigures(1_000_000 * (i + 1), heads, heads.Max(), heads.Max()))],
    };

    private static double Top1(TransformerCheckpoint model, params HeadIndex[] heads)
    {
        bool[] copied = CopiedSets.CopiedBy(TokenCircuit.OfHeads(model.Weights, heads), default);
        return copied.Count(one => one) / (double)copied.Length;
    }

    private void Save(TransformerCheckpoint model, string name) => model.SaveTo(Path.Combine(Checkpoints, name));
}
