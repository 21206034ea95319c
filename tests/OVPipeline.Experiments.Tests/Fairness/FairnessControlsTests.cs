using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class FairnessControlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-fairness-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_TinyModel_ControlsTheCopier()
    {
        var found = Quick(TinyModel.Create());
        Assert.Equal(
            ["head 1.2", "copier", "weight decay 1e-3", "weight decay 1e-1", "norm capped at the head's own",
                "started from the head's weights", "a random permutation as target", "copier of an untrained model",
                "best head of an untrained model"],
            found.Arms.Select(arm => arm.Name));
        double Top1(FairnessControl control) => found.Arm(control)!.Top1;
        Assert.Equal(found.Head.Top1, Top1(FairnessControl.Head));
        Assert.True(Top1(FairnessControl.Copier) > Top1(FairnessControl.Permuted), "Embeddings that agree did not help.");
        Assert.True(Top1(FairnessControl.Copier) > Top1(FairnessControl.UntrainedCopier), "Noise copied as well.");
        Assert.InRange(found.Arm(FairnessControl.NormCapped)!.Repeats[0].Norm, 0, found.HeadNorm * 1.0001);
        Assert.Equal([1e-3, 1e-1], found.Decayed.Select(arm => arm.WeightDecay!.Value));
        Assert.Null(found.Arm(FairnessControl.ByFrequency));
        Assert.NotEmpty(found.NoFrequencies);
    }

    [Fact]
    public void Run_HeldOutTokens_AreAFifthInGroupsAndTestedAgainstTheWithheldCopier()
    {
        var model = TinyModel.Create();
        var found = Quick(model);
        Assert.Equal(2, found.Splits.Count);
        Assert.Equal(Enum.GetValues<HeldOutRole>(), found.HeldOut.Select(one => one.Role));
        Assert.All(found.Splits, split =>
        {
            int held = split.Circuits[0].First.Count;
            Assert.InRange(held / 150.0, 0.08, 0.35);
            Assert.Equal(0, held % 2); // words come with their variants
            Assert.All(split.Circuits, circuit =>
                Assert.Equal(circuit.HeldOut.Row.Top1, circuit.First.Count(first => first) / (double)held, 1e-12));
        });
        var copier = found.HeldOut.Single(one => one.Role == HeldOutRole.Copier);
        var knowing = found.HeldOut.Single(one => one.Role == HeldOutRole.KnowingCopier);
        Assert.True(copier.FittedTop1 > copier.Top1 && knowing.Top1 > copier.Top1, "What was held out did not matter.");
        Assert.InRange(copier.Interval!.Value.Estimate, copier.Top1 - 1e-12, copier.Top1 + 1e-12);

        var split = found.Splits[0];
        Assert.Equal(split.Circuits.Skip(1).Select(circuit => circuit.Name), split.Tests.Select(test => test.Against));
        var (own, other) = (split.Circuits[0].First, split.Circuits[^1].First);
        Assert.Equal(own.Zip(other).Count(pair => pair.First && !pair.Second), split.Tests[^1].Test.OnlyFirst);
        Assert.All(split.Tests, test => Assert.InRange(test.CorrectedPValue, test.Test.ExactPValue, 1));
    }

    [Fact]
    public void Run_Again_TakesWhatIsKeptAndGivesTheSameSection()
    {
        var model = TinyModel.Create(40, 8, 1, 2, 2);
        var first = Quick(model);
        var laboratory = new Laboratory(model, new() { Store = _folder });
        var kept = new FairnessControls(FairnessControlsOptions.Quick).Kept(laboratory);
        Assert.NotNull(kept);
        Assert.Equal(TinyForward.Json(first.ToSection()), TinyForward.Json(kept.ToSection()));
        Assert.Equal(first.Arms.Select(first.Failed), kept.Arms.Select(kept.Failed));
        Assert.Empty(laboratory.Store.Remarks);
    }

    [Fact]
    public void Kept_OtherOptions_IsNone()
    {
        var model = TinyModel.Create(30, 8, 1, 2, 2);
        Quick(model);
        var quick = FairnessControlsOptions.Quick;
        FairnessControlsOptions[] others =
        [
            quick with { Seed = 2 }, quick with { MaxFitSteps = 41 }, quick with { Repeats = 2 }, quick with { Splits = 1 },
            quick with { WeightDecays = [1e-3] },
        ];
        Assert.All(others, options => Assert.Null(Kept(options)));
        Assert.NotNull(Kept(quick with { WeightDecays = [.. quick.WeightDecays] }));

        FairnessControlsResult? Kept(FairnessControlsOptions options) =>
            new FairnessControls(options).Kept(new Laboratory(model, new() { Store = _folder }));
    }

    [Theory]
    [InlineData(30, 8, 1, 1, 8)] // one layer of one head, as wide as the model
    [InlineData(12, 4, 1, 2, 4)] // two heads as wide as the model each
    [InlineData(4, 2, 1, 1, 1)]  // too few tokens to hold any out
    [InlineData(25, 4, 1, 2, 6)] // heads wider than the model
    public void ToSection_OddShapes_IsWhole(int vocabulary, int dModel, int layers, int heads, int dHead)
    {
        var found = Quick(TinyModel.Create(vocabulary, dModel, layers, heads, dHead));
        var section = found.ToSection();
        bool holdsOut = vocabulary > 4;
        string[] tables = holdsOut ? ["controls", "held-out", "held-out-tests"] : ["controls", "held-out"];
        Assert.Equal(tables, section.Tables.Select(table => table.Id));
        Assert.Equal(holdsOut, found.NotHeldOut is null);
        Assert.Equal(holdsOut, section.Charts.Count == 2);
        Assert.Equal(dHead > dModel, found.Arm(FairnessControl.StartedFromHead) is null);
        Assert.Equal(dHead > dModel, section.Tables[0].Note!.Contains("wider than the model", StringComparison.Ordinal));
        Assert.NotEmpty(section.Statements);
        Assert.All(section.Statements, statement => Assert.DoesNotContain("NaN", statement.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Failed_Arms_AreCheckedAgainstWhatTheyCouldHaveBeen()
    {
        var found = Quick(TinyModel.Create(40, 8, 1, 2, 2));

        // A head of no loss: what the copier without controls, and the one at its norm, could have been.
        var head = found with { Head = found.Head with { LogLoss = 0 } };
        Assert.Contains("head ", Reason(head, FairnessControl.Copier), StringComparison.Ordinal);
        Assert.Contains("head ", Reason(head, FairnessControl.NormCapped), StringComparison.Ordinal);
        Assert.Null(Reason(head with { HeadComparable = false }, FairnessControl.Copier));
        Assert.Null(Reason(head, FairnessControl.Permuted));

        // A fit under the larger decay of no loss: that under the smaller could have been it, not the other way round.
        var decay = WithLoss(found.Decayed[1], 0);
        Assert.Contains("weight decay 1e-1", decay.Failed(decay.Decayed[0])?.Reason, StringComparison.Ordinal);
        Assert.Null(decay.Failed(decay.Decayed[1]));
        Assert.Contains("weight decay 1e-1", decay.CopierBehind?.Reason, StringComparison.Ordinal);
        Assert.Null(Reason(decay, FairnessControl.Copier));
        Assert.Contains("what it copies is the least that its rank can", decay.ToSection().Tables[0].Note, StringComparison.Ordinal);

        static string? Reason(FairnessControlsResult result, FairnessControl control) => result.Failed(result.Arm(control)!)?.Reason;

        FairnessControlsResult WithLoss(FairnessArm arm, double loss)
        {
            var one = arm.Repeats[0];
            var changed = arm with { Repeats = [one with { Row = one.Row with { LogLoss = loss }, Stationarity = null, Stop = null }] };
            return found with { Arms = [.. found.Arms.Select(other => other == arm ? changed : other)] };
        }
    }

    [Fact]
    public void Run_Text_WeightsRowsAndPermutesByFrequency()
    {
        var model = TinyModel.Create(40, 8, 1, 2, 2);

        // Tokens 0 to 9 occur a hundred times each, the others never.
        var text = new ModelText([.. Enumerable.Range(0, 1000).Select(i => i % 10)], [1, 2, 3], 0, "training; validation");
        var found = new FairnessControls(FairnessControlsOptions.Quick).Run(new Laboratory(model, text: text));
        var weighted = found.Arm(FairnessControl.ByFrequency)!.Repeats[0];
        var plain = found.Arm(FairnessControl.Copier)!.Repeats[0];
        Assert.True(weighted.ByFrequency > plain.ByFrequency || weighted.ByFrequency == 1, "Weights did not matter.");
        Assert.NotEqual(plain.Row.LogLoss, weighted.Row.LogLoss);
        Assert.Contains("1,000 tokens of training", found.Frequencies, StringComparison.Ordinal);
        Assert.Empty(found.NoFrequencies);
        Assert.Contains("those of about its frequency", found.ToSection().Tables[0].Note, StringComparison.Ordinal);
        Assert.Null(found.Splits[0].Circuits[0].HeldOut.ByFrequency);
    }

    [Fact]
    public void Run_SeveralDecaysOneOfThemTwice_TakesThemLeastFirstAndApart()
    {
        var options = FairnessControlsOptions.Quick with { WeightDecays = [0.03, 0.025, 0.03], Splits = 1 };
        var found = new FairnessControls(options).Run(new Laboratory(TinyModel.Create(30, 8, 1, 2, 2), new() { Store = _folder }));
        Assert.Equal(["weight decay 2.5e-2", "weight decay 3e-2"], found.Decayed.Select(arm => arm.Name));
        Assert.NotEqual(found.Decayed[0].LogLoss, found.Decayed[1].LogLoss);
        Assert.Null(found.HeldOut[0].Interval);
    }

    [Fact]
    public void Run_NoDecays_SaysNothingOfThem()
    {
        var options = FairnessControlsOptions.Quick with { WeightDecays = [], Splits = 1 };
        var found = new FairnessControls(options).Run(new Laboratory(TinyModel.Create()));
        Assert.Empty(found.Decayed);
        Assert.DoesNotContain(found.ToSection().Statements, statement => statement.Text.Contains("decay", StringComparison.Ordinal));
    }

    [Fact]
    public void Constructor_OptionsThatCannotBe_SaysSo()
    {
        foreach (var options in new FairnessControlsOptions[] { new() { Repeats = 0 }, new() { Splits = 0 } })
            Assert.Throws<ArgumentException>(() => new FairnessControls(options));
        foreach (double decay in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            Assert.Throws<ArgumentException>(() => new FairnessControls(new() { WeightDecays = [1, decay] }));
    }

    private FairnessControlsResult Quick(TransformerCheckpoint model) =>
        new FairnessControls(FairnessControlsOptions.Quick).Run(new Laboratory(model, new() { Store = _folder }));
}
