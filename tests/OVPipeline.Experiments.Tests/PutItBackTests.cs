using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using Xunit;
using static OVPipeline.Experiments.Tests.TinyForward;

namespace OVPipeline.Experiments.Tests;

public sealed class PutItBackTests : IDisposable
{
    private static readonly HeadIndex[] s_both = [A, B];
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-put-back-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Kept_AfterARun_GivesTheSameSection()
    {
        var experiment = new PutItBack(PutItBackOptions.Quick);
        var first = experiment.Run(NewLaboratory(Model(), _folder));
        var kept = experiment.Kept(NewLaboratory(Model(), _folder))!;
        Assert.NotSame(first, kept);
        Assert.Equal(Json(first.ToSection()), Json(kept.ToSection()));
        Assert.Equal(Json(first.ToSection()), Json(experiment.Run(NewLaboratory(Model(), _folder)).ToSection()));
    }

    [Fact]
    public void Run_OtherSteps_IsComputedAgain()
    {
        var laboratory = NewLaboratory(Model(), _folder);
        var first = new PutItBack(PutItBackOptions.Quick).Run(laboratory);
        var other = new PutItBack(PutItBackOptions.Quick with { MaxFitSteps = 1 });
        Assert.Null(other.Kept(laboratory));
        var second = other.Run(laboratory);
        foreach (var (one, two) in first.Places.Zip(second.Places))
        {
            Assert.Equal(one.Outcome(PutBackArmName.Original).Losses, two.Outcome(PutBackArmName.Original).Losses);
            Assert.NotEqual(one.Outcome(PutBackArmName.Permuted).Losses, two.Outcome(PutBackArmName.Permuted).Losses);
        }
    }

    [Fact]
    public void Rows_Arms_AreComparedWithMeanAblationAndTheOriginal()
    {
        var found = new PutItBack(PutItBackOptions.Quick).Run(NewLaboratory(Model()));
        Assert.Equal([1, 1, 2], found.Places.Select(place => place.Heads.Count));
        var both = found.Places[^1];
        var rows = found.Rows.Where(row => row.Heads == 2).ToArray();
        Assert.Equal(1 + both.Arms.Count, rows.Length);
        Assert.Equal((null, null, both.None.Losses.Average()), (rows[0].Gain, rows[0].Share, rows[0].Loss));
        double Mean(string arm) => both.Outcome(arm).Losses.Average();
        double worth = both.None.Losses.Average() - Mean(PutBackArmName.Original);
        foreach (var row in rows[1..])
        {
            Assert.Equal(Mean(row.Arm), row.Loss, 12);
            Assert.Equal(both.None.Losses.Average() - row.Loss, row.Gain!.Value.Estimate, 12);
            if (row.Share is { } share && double.IsFinite(share.Estimate))
                Assert.Equal(1, row.Gain.Value.Estimate / worth / share.Estimate, 9);
        }
        Assert.Null(rows.Single(row => row.Arm == PutBackArmName.Original).Share);
    }

    [Fact]
    public void All_Arms_HaveTheRankThatTheySay()
    {
        var arms = new PutBackArms(NewLaboratory(Model()), PutItBackOptions.Quick, A, B).All().ToArray();
        Assert.Equal(6 + 6 + 8, arms.Length);
        Assert.All(arms, arm => Assert.Equal(arm.Rank, arm.Circuits().Sum(one => one.Circuit.Rank)));
        Assert.All(arms, arm => Assert.All(arm.Circuits(), one => Assert.Contains(one.Pattern, arm.Place)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Judge_OriginalAtItsOwnScale_HasTheModelsLoss(bool biases)
    {
        var text = Pair(Model(biases));
        foreach (HeadIndex[] place in new HeadIndex[][] { [A], [B], s_both })
            Equal(Losses(text), PutBackOutcome.Judge(text, Original(text, place), factor: 1).Losses);
    }

    [Fact]
    public void Written_OtherCircuitUnderAnotherPattern_IsWhatTheInterventionDoes()
    {
        var text = Pair(Model());
        var expected = Losses(text, HeadInterventions.None.ReplaceOV(text.Own(B), 0.7, A));
        Equal(expected, text.Losses(block => text.Without(block, [A]).Plus(block.Written([new(A, text.Own(B))]).Times(0.7))));
    }

    [Fact]
    public void Judge_FactorZero_IsMeanAblation()
    {
        var text = Pair(Model());
        var arm = new PutBackArm([A], "B's circuit under A's pattern", 4, () => [new(A, text.Own(B))]);
        Equal(PutBackOutcome.MeanAblation(text, [A]).Losses, PutBackOutcome.Judge(text, arm, factor: 0).Losses);
    }

    [Fact]
    public void Judge_OnTheTextThatItIsFittedOn_NoOtherFactorIsBetter()
    {
        var text = PairOnOneText(Model());
        var arm = Original(text, s_both);
        var fitted = PutBackOutcome.Judge(text, arm);
        foreach (double other in new[] { 0.8, 0.95, 1.05, 1.25 })
        {
            var scaled = PutBackOutcome.Judge(text, arm, other * fitted.Factor);
            Assert.True(fitted.Losses.Average() < scaled.Losses.Average(), $"{other} times the factor is better.");
        }
    }

    [Fact]
    public void Judge_CircuitTimesFive_IsTheSameArm()
    {
        var text = Pair(Model());
        var own = text.Own(A);
        var larger = new FactoredMatrix(Matrix.Create(own.A.Rows, own.A.Columns, (i, j) => 5 * own.A[i, j]), own.B);
        var first = PutBackOutcome.Judge(text, Original(text, [A]));
        var second = PutBackOutcome.Judge(text, new([A], "five", 4, () => [new(A, larger)]));
        Assert.InRange(5 * second.Factor!.Value / first.Factor!.Value, 0.999, 1.001);
        Equal(first.Losses, second.Losses, 1e-4);
    }

    [Fact]
    public void MeanAblation_Both_IsWhatTheInterventionDoes()
    {
        var text = Pair(Model());
        using var scope = torch.NewDisposeScope();
        var inputs = torch.cat([.. text.Training.Select(block => block.Inputs)]);
        var means = HeadMeansMeasure.Over(text.Forward.Module, inputs, perPosition: false, s_both);
        Equal(Losses(text, HeadInterventions.None.MeanAblate(means, s_both)), PutBackOutcome.MeanAblation(text, s_both).Losses);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(40.0)]
    [InlineData(-3.0)]
    public void Minimize_ConvexFunction_FindsItsMinimum(double minimum)
    {
        // log cosh is flat far away, where Newton's own steps would leave the bracket.
        double found = ScalarFit.Minimize(at => (Math.Tanh(at - minimum), 1 / Math.Pow(Math.Cosh(at - minimum), 2)));
        Assert.InRange(found, minimum - 0.01, minimum + 0.01);
    }

    [Fact]
    public void Minimize_SlopeThatGainsTooLittle_EndsAtOnce()
    {
        int looks = 0;
        (double, double) Flat(double at)
        {
            looks++;
            return (1e-9, 1e-12);
        }
        Assert.Equal(1, ScalarFit.Minimize(Flat, leastGain: 1e-7));
        Assert.Equal(1, looks);
    }

    [Fact]
    public void Parts_AnyBlock_SumToWhatTheHeadsAdd()
    {
        var text = Pair(Model());
        using var gradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var block = text.Validation[0];
        var (diagonal, offDiagonal, composed) = CopySplit.Parts(text, block, s_both);
        var whole = block.Written([new(A, text.Own(A)), new(B, text.Own(B))]).matmul(text.Forward.Weights.W_U.ToTensor());
        Assert.InRange((diagonal.Plus(offDiagonal).Plus(composed) - whole).abs().max().item<float>(), 0, 1e-4);
        Assert.True(composed.abs().max().item<float>() > 0.01, "Nothing was composed.");
    }

    [Fact]
    public void Parts_Diagonal_IsAttentionTimesTheCircuitsOwnEntry()
    {
        var text = Pair(Model());
        using var gradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var block = text.Validation[0];
        var diagonal = CopySplit.Parts(text, block, [A]).Diagonal;
        var circuit = TokenCircuit.OfHeads(text.Forward.Weights, A).Logits.ToMatrix();
        const int Row = 3, Position = 9;
        long length = block.Inputs.shape[1];
        var expected = new double[30];
        for (int source = 0; source <= Position; source++)
        {
            int token = (int)block.Inputs[Row, source].item<long>();
            expected[token] += block.Patterns[A][Row, Position, source].item<float>() * circuit[token, token];
        }
        Equal(expected, diagonal[Row * length + Position].Values(), 1e-4);
    }

    [Fact]
    public void Measure_Split_GoesFromMeanAblationToTheModel()
    {
        var text = Pair(Model());
        var split = CopySplit.Measure(text, s_both);
        Equal(Losses(text), split.Full);
        Equal(PutBackOutcome.MeanAblation(text, s_both).Losses, split.None);
        Assert.NotEqual(split.Diagonal, split.None);
    }

    private static PutBackArm Original(PairOnText text, HeadIndex[] place) =>
        new(place, PutBackArmName.Original, 4, () => [.. place.Select(head => new PatternCircuit(head, text.Own(head)))]);
}
