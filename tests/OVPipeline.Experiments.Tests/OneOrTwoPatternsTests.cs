using OVPipeline.Core;
using OVPipeline.Torch;
using Xunit;
using static OVPipeline.Experiments.Tests.TinyForward;

namespace OVPipeline.Experiments.Tests;

public sealed class OneOrTwoPatternsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-patterns-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_TinyModel_FitsEveryArmAndKeepsTheResult()
    {
        var model = Model();
        // In a laboratory with the same text as this pair's.
        var (a, b) = Heads(model);
        var text = ForwardOf(model).Pair(a, b);
        var options = OneOrTwoPatternsOptions.Quick with { FittedBlocks = 1, FitSeeds = 2, MostFittedBlocks = 2, RowsPerStep = 64 };
        var experiment = new OneOrTwoPatterns(options);
        Assert.Null(experiment.Unavailable(NewLaboratory(model)));
        var result = experiment.Run(NewLaboratory(model, _folder));
        Assert.Equal([1, 2], result.Budgets.Select(budget => budget.Blocks));
        Assert.All(result.Arms, arm => Assert.Equal(2, arm.Fits.Count));
        string[] terms = [.. result.Arms.Select(arm => string.Join(", ", arm.Terms.Select(term => $"{term.Rank} under {term.Pattern}")))];
        string both = $"4 under {a}, 4 under {b}";
        Assert.Equal(["", both, both], terms);
        Equal(Losses(text), result.AsItIs.Losses);
        Equal(text.LossesUnderMeanAblation([a, b]), result.Ablated.Losses);
        var training = text.Forward.Training(2);
        Assert.Equal(training.TotalTokens, result.FittedTokens);
        Assert.Equal([training.Tokens, training.TotalTokens], result.Budgets.Select(budget => budget.Tokens));
        var fit = new CircuitFit(text, text.Blocks(text.Forward.Training(1), split: false), options.RowsPerStep);
        var again = fit.Fit([new(a, 4), new(b, 4)], seed: 2, [text.Own(a), text.Own(b)]);
        Equal(text.Losses(again.Residual), result.Budgets[0].Own[1].Losses);
        var twice = new CircuitFit(text, text.Blocks(training, split: false), options.RowsPerStep).Fit([new(a, 4), new(b, 4)], seed: 1);
        Equal(text.Losses(twice.Residual), result.Budgets[1].Random[0].Losses);
        Equal(result.Budgets[1].Own[1].Losses, result.Arms[1].Fits[1].Losses);

        var section = result.ToSection();
        Assert.Equal(["pattern-arms", "pattern-starts", "pattern-accounts"], section.Tables.Select(table => table.Id));
        Assert.All(section.Statements, statement => Assert.DoesNotContain("NaN", statement.Text, StringComparison.Ordinal));
        Assert.Equal(Json(section), Json(experiment.Kept(NewLaboratory(model, _folder))!.ToSection()));
        foreach (var other in new[] { options with { FitSeeds = 1 }, options with { FittedBlocks = 2 }, options with { RowsPerStep = 32 } })
            Assert.Null(new OneOrTwoPatterns(other).Kept(NewLaboratory(model, _folder)));
    }

    [Fact]
    public void Kept_LessTextThanAsked_IsGoneOnWith()
    {
        var options = OneOrTwoPatternsOptions.Quick with { FittedBlocks = 1, FitSeeds = 2, RowsPerStep = 64 };
        OneOrTwoPatterns Most(int blocks) => new(options with { MostFittedBlocks = blocks });
        var model = Model();
        var first = Most(1).Run(NewLaboratory(model, _folder));
        Assert.Null(first.Agreed); // its heads gain next to nothing
        Assert.Null(Most(2).Kept(NewLaboratory(model, _folder)));
        var second = Most(2).Run(NewLaboratory(model, _folder));
        Equal(first.Budgets[0].Random[1].Losses, second.Budgets[0].Random[1].Losses);
        Assert.Equal(2, Most(3).Kept(NewLaboratory(model, _folder))!.Budgets.Count); // 3 blocks are no budget
        Assert.Equal(2, Most(1).Kept(NewLaboratory(model, _folder))!.Budgets.Count);
        Assert.Null(Most(4).Kept(NewLaboratory(model, _folder)));
    }

    // Losses of fits from random weights on 1, 2 and 4 blocks, where those from the model's own circuits have 4.9 and the constant 5: the
    // gain is 0.1, so that starts have to agree within 0.005.
    [Theory]
    [InlineData(4.903, 0, 4.9, 0, 4.9, 0, 1)]
    [InlineData(4.95, 0, 4.904, 0, 4.9, 0, 2)]
    [InlineData(4.95, 0, 4.896, 0, 4.9, 0, 2)]    // of either sign
    [InlineData(4.95, 0, 4.894, 0, 4.904, 0, 4)]
    [InlineData(4.95, 0, 4.92, 0, 4.91, 0, null)]
    [InlineData(4.95, 0, 4.92, 0, 4.903, 0.002, null)] // its interval reaches beyond
    public void Compared_FakeFits_StopsWhereStartsAgree(
        double once, double noise1, double twice, double noise2, double four, double noise4, int? agreed)
    {
        List<string> fitted = [];
        (double Loss, double Noise)[] random = [(once, noise1), (twice, noise2), (four, noise4)];
        FittedArm Fit(PatternPlan plan, int blocks)
        {
            fitted.Add($"{plan.Key} {blocks}");
            var (loss, noise) = plan.Kind switch
            {
                PatternArmKind.Constant => (5, 0),
                PatternArmKind.RandomStart => random[int.Log2(blocks)],
                _ => (4.9, 0d),
            };
            return new(plan.Kind, plan.Name, plan.Terms, [new([loss - noise]), new([loss]), new([loss + noise])]);
        }
        var model = Model();
        var unfitted = Result(5, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9) with { Arms = [], Budgets = [], FitSeeds = 3 };
        var plans = PatternPlan.All(model.Weights.Config, unfitted.Gate, model.Weights);
        var result = OneOrTwoPatterns.Compared(plans, [1, 2, 4], Fit, blocks => (10 * blocks, 10), unfitted);
        int[] budgets = [.. new[] { 1, 2, 4 }.TakeWhile(blocks => agreed is null || blocks <= agreed)];
        string[] arms = agreed is null ? [] : ["one-a", "one-b", "wide-a", "wide-b", "halves"];
        var baselines = budgets.SelectMany(blocks => new[] { $"own {blocks}", $"random {blocks}" });
        Assert.Equal(["constant 1", .. baselines, .. arms.Select(arm => $"{arm} {agreed}")], fitted);
        Assert.Equal(agreed, result.Agreed?.Blocks);
        Assert.Equal(budgets.Select(blocks => (blocks, 10L * blocks, 10L)),
            result.Budgets.Select(budget => (budget.Blocks, budget.Tokens, budget.DistinctTokens)));
        Assert.Equal(agreed is null ? null : "redundant or accidental", result.Account);
        var section = result.ToSection();
        Assert.Equal(agreed is null, result.Table("pattern-accounts").Rows.All(row => row[0].Text != "found"));
        Assert.Equal(agreed is null ? 1 : 2, section.Charts.Count);
        Assert.Equal(agreed is null, section.Statements.All(one => !one.Text.StartsWith("With all else frozen", StringComparison.Ordinal)));
        var starts = result.Table("pattern-starts");
        Assert.Equal(budgets.Select(blocks => blocks == agreed ? "yes" : "no"), starts.Rows.Select(row => row[^2].Text));
        Assert.All(starts.Rows, row => Assert.Equal(0.005, row[^3].Number!.Value, 1e-12));
    }

    [Fact]
    public void Compared_NothingToShareOut_IsNoAgreement()
    {
        FittedArm Fit(PatternPlan plan, int blocks) => new(plan.Kind, plan.Name, plan.Terms, [new([5]), new([5])]);
        var model = Model();
        var unfitted = Result(5, 5, 5, 5, 5, 5, 5, 5) with { Arms = [], Budgets = [] };
        var result = OneOrTwoPatterns.Compared(
            PatternPlan.All(model.Weights.Config, unfitted.Gate, model.Weights), [1, 2], Fit, blocks => (blocks, blocks), unfitted);
        Assert.Equal((2, false, 3), (result.Budgets.Count, result.Informative, result.Arms.Count));
        Assert.Equal(ReportStatus.NotInformative, result.ToSection().Status);
    }

    [Fact]
    public void ToSection_OneStartOfEach_SaysNothing()
    {
        var result = Result(5, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9);
        FitBudget one = new(1, 2000, 2000, [new([4.9])], [new([4.9])]);
        var section = (result with { FitSeeds = 1, Budgets = [one] }).ToSection();
        Assert.Equal(ReportStatus.NotInformative, section.Status);
        Assert.Empty(section.Statements);
        Assert.StartsWith("one fit from each start", section.Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public void Unavailable_HeadsOfRankOne_SaysSo()
    {
        var model = new Transformer(
            new() { Name = "x", Vocabulary = 30, DModel = 12, Layers = 2, Heads = 3, DHead = 4, DValue = 1, ContextLength = 16 }, new(), 1);
        var narrow = Model().WithWeights(model.Weights);
        Assert.Equal("its heads have rank 1: there is no half of it", new OneOrTwoPatterns().Unavailable(NewLaboratory(narrow)));
    }

    // Losses where the constant has 5: the baseline; one pattern of A and of B; the same wide; halves.
    [Theory]
    [InlineData(4.9, 4.95, 4.94, 4.905, 4.95, 4.95, "rank: one head is too narrow")]
    [InlineData(4.9, 4.95, 4.94, 4.95, 4.905, 4.95, "rank: one head is too narrow")] // the better of two patterns counts
    [InlineData(4.9, 4.95, 4.94, 4.95, 4.94, 4.905, "different jobs: one pattern is not enough")]
    [InlineData(4.9, 4.95, 4.905, 4.9, 4.95, 4.9, "redundant or accidental")]
    [InlineData(4.9, 4.95, 4.92, 4.9, 4.95, 4.9, null)]     // one pattern is between
    [InlineData(4.999, 4.9995, 4.9994, 4.99905, 4.9995, 4.9995, null)] // too little to share out
    public void Result_Losses_GiveTheAccount(
        double baseline, double a, double b, double wideA, double wideB, double halves, string? account)
    {
        var result = Result(5, baseline, a, b, wideA, wideB, halves, 4.95);
        bool informative = baseline < 4.99;
        Assert.Equal((informative, account), (result.Informative, result.Account));
        Assert.Equal(5 - baseline, result.BaselineGain, 1e-12);
        if (!informative)
        {
            Assert.Equal((ReportStatus.NotInformative, 0), (result.ToSection().Status, result.ToSection().Charts.Count));
            Assert.Empty(result.Tested);
            return;
        }
        double[] shares = [(5 - b) / (5 - baseline), (5 - Math.Min(wideA, wideB)) / (5 - baseline), (5 - halves) / (5 - baseline)];
        Equal(shares, [.. result.Tested.Select(arm => arm.R.Estimate)], 1e-9);
        Assert.EndsWith("(1.2's)", result.Tested[0].Name, StringComparison.Ordinal);
        Assert.EndsWith(wideB < wideA ? "(1.2's)" : "(1.0's)", result.Tested[1].Name, StringComparison.Ordinal);
        var section = result.ToSection();
        Assert.Equal((ReportStatus.Done, 2), (section.Status, section.Charts.Count));
        Assert.NotNull(result.Table("pattern-arms").Rows[1][5].Number);
    }

    [Fact]
    public void Result_OneSeedThatGainsNothing_IsNotInformative()
    {
        var result = Result(5, 4.9, 4.95, 4.95, 4.95, 4.95, 4.95, 4.95);
        PatternFit[] Fits(double first, double second) => [new([first]), new([second])];
        FittedArm constant = result.Arms[0] with { Fits = Fits(5, 5) }, baseline = result.Arms[1] with { Fits = Fits(4.7, 5.01) };
        result = result with { Arms = [constant, baseline, .. result.Arms.Skip(2)] };
        Assert.True(result.BaselineGain > 0.1, $"{result.BaselineGain}");
        Assert.False(result.Informative, "Its second fit gains nothing.");
    }

    [Fact]
    public void Losses_TwoPatternsWithTheModelsOwnCircuits_AreTheModels()
    {
        var text = Pair(Model(biases: true));
        PatternCircuit[] own = [new(A, text.Own(A)), new(B, text.Own(B))];
        Equal(Losses(text), text.Losses(block => block.Rest.Plus(block.Written(own))));
    }

    [Fact]
    public void Fit_RandomStart_LearnsItsText()
    {
        var text = Pair(Model());
        var blocks = text.Blocks(text.Forward.Training(100), split: false);
        var fit = new CircuitFit(text, [.. Enumerable.Repeat(blocks, 20).SelectMany(block => block)], rows: 128);
        var fitted = fit.Fit([new(A, 4), new(B, 4)], seed: 1);
        Assert.Equal([4, 4], fitted.Circuits.Select(one => one.Circuit.Rank));
        var own = new FittedCircuits([new(A, text.Own(A)), new(B, text.Own(B))], new(1, fitted.Constant.Columns));
        Assert.True(Loss(fitted) < Loss(own) - 0.05, "The fit gained nothing on the text that it was fitted on.");
        var again = fit.Fit([new(A, 4), new(B, 4)], seed: 1);
        Assert.Equal(fitted.Circuits[0].Circuit.A.Values.ToArray(), again.Circuits[0].Circuit.A.Values.ToArray());
        var constant = fit.Fit([], seed: 1);
        Assert.Empty(constant.Circuits);
        var means = new FittedCircuits([], Sum(text.Mean(A).ToMatrix(), text.Mean(B).ToMatrix()));
        Assert.InRange(Loss(constant), Loss(fitted) + 0.01, Loss(means) - 0.001);

        static Matrix Sum(Matrix a, Matrix b) => Matrix.Create(a.Rows, a.Columns, (i, j) => a[i, j] + b[i, j]);

        double Loss(FittedCircuits circuits)
        {
            using var gradients = TorchSharp.torch.no_grad();
            return blocks.Average(block =>
            {
                using var scope = TorchSharp.torch.NewDisposeScope();
                var logits = text.Forward.Module.Unembed(circuits.Residual(block));
                return logits.NextTokenLosses(block.Targets).mean().item<float>();
            });
        }
    }

    [Fact]
    public void Fit_MoreBlocksThanThereAre_SeesThemAgain()
    {
        var text = Pair(Model());
        var blocks = text.Blocks(text.Forward.Training(1), split: false);
        PatternTerm[] terms = [new(A, 4), new(B, 4)];
        // Steps of whole blocks: the order of one block is no order, so that three passes are three blocks.
        var again = new CircuitFit(text, blocks, rows: int.MaxValue).Fit(terms, seed: 1, null, blocks: 3);
        var thrice = new CircuitFit(text, [.. blocks, .. blocks, .. blocks], rows: int.MaxValue).Fit(terms, seed: 1);
        Assert.InRange(Relative(again.Circuits[0].Circuit.ToMatrix(), thrice.Circuits[0].Circuit.ToMatrix()), 0, 1e-4);
        var once = new CircuitFit(text, blocks, rows: int.MaxValue).Fit(terms, seed: 1);
        Assert.InRange(Relative(again.Circuits[0].Circuit.ToMatrix(), once.Circuits[0].Circuit.ToMatrix()), 1e-3, 10);
    }

    [Fact]
    public void Fit_OwnStart_BeginsAtTheModel()
    {
        // One step of a cosine's end: what it starts from is what it is given, up to one small step.
        var text = Pair(Model());
        var blocks = text.Blocks(text.Forward.Training(1), split: false);
        var fit = new CircuitFit(text, blocks, rows: int.MaxValue);
        Assert.Equal(1, fit.Steps);
        var fitted = fit.Fit([new(A, 4), new(B, 4)], seed: 1, [text.Own(A), text.Own(B)]);
        Assert.InRange(text.Losses(fitted.Residual).Average() - Losses(text).Average(), -0.3, 0.1);
        double drift = Relative(fitted.Circuits[0].Circuit.ToMatrix(), text.Own(A).ToMatrix());
        Assert.InRange(drift, 1e-6, 0.25);
    }

    [Theory]
    [InlineData("low", "high", "low", "rank")]
    [InlineData("low", "low", "high", "different jobs")]
    [InlineData("high", "high", "high", "redundant")]
    [InlineData("low", "between", "high", null)]
    public void Match_Found_IsTheAccountThatPredictsIt(string one, string wide, string halves, string? account) =>
        Assert.StartsWith(account ?? "", SplitAccount.Match([one, wide, halves]) ?? "", StringComparison.Ordinal);

    [Theory]
    [InlineData(0.95, double.NaN, double.NaN, "high")]
    [InlineData(0.95, 0.92, 0.98, "high")]
    [InlineData(0.95, 0.85, 1.05, "between")]
    [InlineData(0.5, 0.4, 0.6, "low")]
    [InlineData(0.5, 0.2, 0.8, "between")]
    [InlineData(0.8, double.NaN, double.NaN, "between")]
    public void Word_Interval_HasToAgree(double r, double low, double high, string word) =>
        Assert.Equal(word, SplitAccount.Word(new ConfidenceInterval(r, low, high, 0.95)));

    // The heads that the experiment takes: the gate fails, so the two that copy best.
    private static (HeadIndex A, HeadIndex B) Heads(Checkpoints.TransformerCheckpoint model)
    {
        var gate = NewLaboratory(model).Gate();
        return (gate.A, gate.B);
    }

    // Two fits of each arm, of one block, with starts that agree: losses of the constant, the baseline, A's and B's pattern, the same wide,
    // halves, random start.
    private static OneOrTwoPatternsResult Result(params double[] losses)
    {
        (PatternArmKind Kind, HeadIndex Pattern)[] arms =
        [
            (PatternArmKind.Constant, A), (PatternArmKind.Baseline, A), (PatternArmKind.OnePattern, A), (PatternArmKind.OnePattern, B),
            (PatternArmKind.OneWidePattern, A), (PatternArmKind.OneWidePattern, B), (PatternArmKind.HalfRanks, A),
            (PatternArmKind.RandomStart, A),
        ];
        FittedArm Arm((PatternArmKind Kind, HeadIndex Pattern) arm, double loss) =>
            new(arm.Kind, $"{arm.Kind}", [new(arm.Pattern, 4)], [new([loss]), new([loss])]);
        PatternFit[] baseline = [new([losses[1]]), new([losses[1]])];
        return new()
        {
            Gate = new(A, B, [new(A, 0.6, 0.3), new(B, 0.5, 0.2)]),
            Model = new() { Name = "x", Layers = 2, Heads = 3, DModel = 12, DHead = 4, Vocabulary = 30 },
            FitSeeds = 2,
            FittedTokens = 2000,
            Budgets = [new(1, 2000, 2000, baseline, baseline)],
            JudgedBlocks = 5,
            Arms = [.. arms.Zip(losses, Arm)],
            AsItIs = new([4.95]),
            Ablated = new([5.1]),
        };
    }

    private static double Relative(Matrix a, Matrix b)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < a.Values.Length; i++)
        {
            difference += Math.Pow(a.Values[i] - b.Values[i], 2);
            size += Math.Pow(b.Values[i], 2);
        }
        return Math.Sqrt(difference / size);
    }
}
