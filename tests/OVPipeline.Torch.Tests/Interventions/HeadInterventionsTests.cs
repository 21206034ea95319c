using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class HeadInterventionsTests
{
    private static readonly HeadIndex s_early = new(0, 1), s_late = new(1, 2), s_other = new(1, 0);

    public static TheoryData<int> Kinds => TransformerTests.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ReplaceOV_ByItself_ChangesNothing(int kind)
    {
        using var model = TestModels.Random(TestModels.Configs.ElementAt(kind));
        var weights = model.Weights;
        var same = weights.Config.AllHeads.Aggregate(
            HeadInterventions.None, (set, head) => set.ReplaceOV(weights.OVCircuit(head), 1, head));
        Assert.InRange(Change(model, same), 0, 1e-4);
        var first = weights.Config.AllHeads.First();
        Assert.True(Change(model, HeadInterventions.None.ReplaceOV(weights.OVCircuit(first), 2, first)) > 1e-2);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ReplaceOV_ScaleZero_EqualsZeroAblation(int kind)
    {
        using var model = TestModels.Random(TestModels.Configs.ElementAt(kind));
        using var scope = torch.NewDisposeScope();
        var zero = HeadInterventions.None.ZeroAblate(s_early);
        Assert.Equal(0, Between(model, zero, HeadInterventions.None.ReplaceOV(model.Weights.OVCircuit(s_early), 0, s_early)));
        Assert.Equal(0, Between(model, zero, HeadInterventions.None.ReplaceOV(model.Weights.OVCircuit(s_early), torch.zeros(1), s_early)));
        Assert.Equal(0, Between(model, zero, HeadInterventions.None.Scale(0, s_early)));
        var plain = new PlainForward(model.Config, model.Weights) { Writes = { [s_early] = Zeros(model) } };
        AgreesWith(plain, model, zero);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReplaceOV_ByZero_EqualsZeroAblationButForWhatTheValueBiasWrites(bool biases)
    {
        using var model = TestModels.Random(TestModels.Config(biases: biases));
        var zero = HeadInterventions.None.ReplaceOV(new FactoredMatrix(new Matrix(10, 2), new Matrix(2, 10)), 1, s_late, s_early);
        double difference = Between(model, HeadInterventions.None.ZeroAblate(s_early, s_late), zero);
        Assert.Equal(biases, difference > 1e-3);
        AgreesWith(new PlainForward(model.Config, model.Weights)
        {
            Maps = { [s_early] = new double[10, 10], [s_late] = new double[10, 10] },
        }, model, zero);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ReplaceOV_OfRank3_EqualsTheDenseMapInPlainLoops(int kind)
    {
        using var model = TestModels.Random(TestModels.Configs.ElementAt(kind));
        var circuit = Circuit(3, seed: 7);
        var map = new double[10, 10];
        for (int i = 0; i < 10; i++)
            for (int j = 0; j < 10; j++)
                map[i, j] = Enumerable.Range(0, 3).Sum(k => (double)circuit.A[i, k] * circuit.B[k, j]);
        var heads = model.Config.AllHeads.Where(head => head.Head != 1).ToArray();
        var plain = new PlainForward(model.Config, model.Weights);
        foreach (var head in heads)
            plain.Maps[head] = map;
        AgreesWith(plain, model, HeadInterventions.None.ReplaceOV(circuit, 1, heads));
    }

    [Fact]
    public void UsePattern_OfItself_ChangesNothing()
    {
        using var model = TestModels.Random(TestModels.Config());
        Assert.InRange(Change(model, HeadInterventions.None.UsePattern(s_late, s_late).UsePattern(s_early, s_early)), 0, 1e-5);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 2)]
    public void UsePattern_OfAnotherHead_AgreesWithPlainLoops(int layer, int head)
    {
        using var model = TestModels.Random(TestModels.Config(PositionKind.Standard, NormalizationKind.LN, biases: true));
        using var scope = torch.NewDisposeScope();
        var plain = new PlainForward(model.Config, model.Weights) { PatternOf = { [s_late] = new(layer, head) } };
        var swapped = HeadInterventions.None.UsePattern(s_late, new(layer, head));
        AgreesWith(plain, model, swapped);
        using var pass = model.Run(TestModels.Batch(TestModels.Sequences(model.Config)), ForwardParts.Patterns, swapped);
        Assert.Equal(0, (pass.Patterns[1].select(1, s_late.Head) - pass.Patterns[layer].select(1, head)).abs().max().item<float>());
    }

    [Fact]
    public void UsePattern_WithTheOtherHeadsCircuit_IsThatHeadTwice()
    {
        using var model = TestModels.Random(TestModels.Config());
        var twice = HeadInterventions.None.UsePattern(s_late, s_other).ReplaceOV(model.Weights.OVCircuit(s_other), 1, s_late);
        Assert.InRange(Between(model, twice, HeadInterventions.None.ZeroAblate(s_late).Scale(2, s_other)), 0, 1e-4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MeanAblate_ReferenceText_AgreesWithPlainLoops(bool perPosition)
    {
        using var model = TestModels.Random(TestModels.Config(biases: true));
        using var scope = torch.NewDisposeScope();
        int[][] reference = TestModels.Sequences(model.Config, count: 20, seed: 3);
        var means = HeadMeansMeasure.Over(model, TestModels.Batch(reference), perPosition, s_late, s_early);
        var plain = new PlainForward(model.Config, model.Weights);
        foreach (var head in new[] { s_early, s_late })
        {
            var outputs = reference.Select(tokens => new PlainForward(model.Config, model.Weights).Run(tokens).Outputs[head]).ToArray();
            double[][] byPosition =
            [
                .. Enumerable.Range(0, 9).Select(t => Enumerable.Range(0, 10).Select(i => outputs.Average(o => o[t][i])).ToArray()),
            ];
            plain.Writes[head] = perPosition ? byPosition
                : [.. byPosition.Select(_ => Enumerable.Range(0, 10).Select(i => byPosition.Average(row => row[i])).ToArray())];
        }
        AgreesWith(plain, model, HeadInterventions.None.MeanAblate(means, s_early, s_late));
    }

    [Fact]
    public void ResampleAblate_OtherTokens_WritesWhatTheUnchangedModelWritesOnThem()
    {
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        int[][] others = TestModels.Sequences(model.Config, count: 1, seed: 9);
        var clean = new PlainForward(model.Config, model.Weights).Run(others[0]);
        var plain = new PlainForward(model.Config, model.Weights)
        {
            Writes = { [s_late] = clean.Outputs[s_late], [s_early] = Zeros(model) },
        };
        AgreesWith(plain, model, HeadInterventions.None.ResampleAblate(TestModels.Batch(others), s_late).ZeroAblate(s_early), sequences: 1);
    }

    [Fact]
    public void ResampleAblate_Seed_GivesEverySequenceAnothersOutputs()
    {
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        var batch = TestModels.Batch(TestModels.Sequences(model.Config, count: 6));
        using var clean = model.Run(batch, ForwardParts.HeadOutputs);
        using var resampled = model.Run(batch, ForwardParts.HeadOutputs, HeadInterventions.None.ResampleAblate(4, s_late));
        using var again = model.Run(batch, ForwardParts.HeadOutputs, HeadInterventions.None.ResampleAblate(4, s_late));
        int[] donors =
        [
            .. Enumerable.Range(0, 6).Select(b => Enumerable.Range(0, 6).Single(other => Distance(resampled, b, clean, other) < 1e-5)),
        ];
        Assert.Equal(Enumerable.Range(0, 6), donors.Order());
        Assert.DoesNotContain(true, donors.Select((donor, b) => donor == b));
        Assert.All(Enumerable.Range(0, 6), b => Assert.Equal(0, Distance(resampled, b, again, b)));

        float Distance(ForwardPass one, int first, ForwardPass two, int second) =>
            (one.HeadOutputs[1].select(2, s_late.Head)[first] - two.HeadOutputs[1].select(2, s_late.Head)[second])
                .abs().max().item<float>();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ResampleAblate_AnySeed_LetsNoSequenceStandInForItself(int sequences)
    {
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        var batch = TestModels.Batch(TestModels.Sequences(model.Config, count: sequences));
        using var clean = model.Run(batch, ForwardParts.HeadOutputs);
        for (int seed = 0; seed < 12; seed++)
        {
            using var resampled = model.Run(batch, ForwardParts.HeadOutputs, HeadInterventions.None.ResampleAblate(seed, s_late));
            for (int b = 0; b < sequences; b++)
                Assert.True(Written(resampled)[b].sub(Written(clean)[b]).abs().max().item<float>() > 1e-3, $"seed {seed}, sequence {b}");
        }

        torch.Tensor Written(ForwardPass pass) => pass.HeadOutputs[1].select(2, s_late.Head);
    }

    [Fact]
    public void Scale_Tensor_LossIsDifferentiable()
    {
        using var model = TestModels.Random(TestModels.Config(normalization: NormalizationKind.LNPre));
        using var scope = torch.NewDisposeScope();
        model.to(torch.ScalarType.Float64);
        var batch = TestModels.Batch(TestModels.Sequences(model.Config));
        torch.Tensor Loss(torch.Tensor scale) =>
            model.Run(batch, ForwardParts.Losses, HeadInterventions.None.ReplaceOV(Circuit(2, 1), scale, s_early, s_late)).Losses.mean();
        var factor = torch.tensor(0.8, requires_grad: true);
        Loss(factor).backward();
        const double Step = 1e-6;
        double expected = (Loss(torch.tensor(0.8 + Step)).item<double>() - Loss(torch.tensor(0.8 - Step)).item<double>()) / (2 * Step);
        Assert.Equal(expected, factor.grad!.item<double>(), 1e-6);
        Assert.NotEqual(0, expected, 1e-4);
    }

    [Fact]
    public void ReplaceOV_FactorsOfTheCaller_GetGradients()
    {
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        var circuit = Circuit(2, 1);
        var a = HeadSource.ToTensor(circuit.A, model.Weight("embed.W_E")).requires_grad_(true);
        var b = HeadSource.ToTensor(circuit.B, model.Weight("embed.W_E")).requires_grad_(true);
        var trained = HeadInterventions.None.ReplaceOV(a, b, s_late);
        Assert.Equal(0, Between(model, trained, HeadInterventions.None.ReplaceOV(circuit, 1, s_late)));
        model.Run(TestModels.Batch(TestModels.Sequences(model.Config)), ForwardParts.Losses, trained).Losses.mean().backward();
        Assert.True(a.grad!.abs().max().item<float>() > 0 && b.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void Methods_Chained_LeaveTheFirstAsItWasAndTheLastWordCounts()
    {
        using var model = TestModels.Random(TestModels.Config());
        var zero = HeadInterventions.None.ZeroAblate(s_late);
        var replaced = zero.ReplaceOV(Circuit(3, 2), 0.5, s_late);
        Assert.Empty(HeadInterventions.None.Heads);
        Assert.Equal([s_late], replaced.Heads);
        Assert.Equal(0, Between(model, replaced, HeadInterventions.None.Scale(0.5, s_late).ReplaceOV(Circuit(3, 2), 0.5, s_late)));
        Assert.True(Between(model, zero, replaced) > 1e-2);
        Assert.Equal(0, Between(model, replaced.ZeroAblate(s_late), zero));
        Assert.Equal("changed: 0.1, 1.2", zero.Scale(1, s_early).ToString());
    }

    [Fact]
    public void Run_ChangesThatDoNotFit_SaysWhatDoes()
    {
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        var none = HeadInterventions.None;
        Fails<ArgumentOutOfRangeException>(none.ZeroAblate(new HeadIndex(1, 3)), "Head 1.3 does not exist");
        Fails<ArgumentOutOfRangeException>(none.UsePattern(s_late, new(0, 5)), "Head 0.5 does not exist");
        Fails<ArgumentException>(none.ReplaceOV(FactoredMatrix.Identity(4), 1, s_late), "must be [10, r][r, 10], was [4, 4][4, 4]");
        Fails<ArgumentException>(none.ReplaceOV(torch.zeros(10, 2), torch.zeros(3, 10), s_late), "was [10, 2][3, 10]");
        Fails<ArgumentException>(none.ResampleAblate(1, s_late), "at least 2 sequences, was given 1");
        Fails<ArgumentException>(none.ResampleAblate(torch.zeros(2, 9, torch.ScalarType.Int64), s_late),
            "tokens of [2, 9] needs tokens of the same shape, was given [1, 9]");
        var means = HeadMeansMeasure.Over(
            model, TestModels.Batch(TestModels.Sequences(model.Config, length: 4)), perPosition: true, s_late);
        Fails<ArgumentException>(none.MeanAblate(means, s_late), "are of 4 positions, the sequences have 9");
        var notMeasured = Assert.Throws<ArgumentException>(() => none.MeanAblate(means, s_early));
        Assert.Contains("0.1 were not measured", notMeasured.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => none.UsePattern(s_early, s_late));
        Assert.Throws<ArgumentException>(() => none.ZeroAblate());
        Assert.Throws<ArgumentException>(() => none.Scale(torch.zeros(2), s_late));

        void Fails<T>(HeadInterventions changes, string named) where T : ArgumentException
        {
            var error = Assert.Throws<T>(
                () => model.Run(TestModels.Batch(TestModels.Sequences(model.Config, count: 1)), interventions: changes));
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EmbeddedModel_HeadReplacedByItselfAndByZero_IsTheSameAndTheAblation()
    {
        using var model = EmbeddedModel.Load();
        using var gradients = torch.no_grad();
        HeadIndex[] heads = [new(0, 1), new(1, 7), new(1, 1)];
        var weights = model.Weights;
        var same = heads.Aggregate(HeadInterventions.None, (set, head) => set.ReplaceOV(weights.OVCircuit(head), 1, head));
        Assert.InRange(Change(model, same), 0, 5e-4);
        var zero = new FactoredMatrix(new Matrix(192, 1), new Matrix(1, 192));
        Assert.Equal(0, Between(model, HeadInterventions.None.ReplaceOV(zero, 1, heads), HeadInterventions.None.ZeroAblate(heads)));
        Assert.True(Change(model, HeadInterventions.None.ZeroAblate(heads)) > 0.1);
    }

    private static FactoredMatrix Circuit(int rank, int seed)
    {
        var random = new Random(seed);
        return new(
            Matrix.Create(10, rank, (_, _) => random.NextSingle() - 0.5f), Matrix.Create(rank, 10, (_, _) => random.NextSingle() - 0.5f));
    }

    private static double[][] Zeros(Transformer model) =>
        [.. Enumerable.Range(0, 9).Select(_ => new double[model.Config.DModel])];

    private static void AgreesWith(PlainForward plain, Transformer model, HeadInterventions changes, int sequences = 2)
    {
        using var scope = torch.NewDisposeScope();
        int[][] tokens = TestModels.Sequences(model.Config, sequences);
        var expected = tokens.SelectMany(row => plain.Run(row).Logits).SelectMany(row => row).ToArray();
        Assert.InRange(TestModels.Difference(expected, model.Run(TestModels.Batch(tokens), interventions: changes).Logits), 0, 2e-4);
    }

    private static double Change(Transformer model, HeadInterventions changes) =>
        Between(model, HeadInterventions.None, changes);

    private static double Between(Transformer model, HeadInterventions one, HeadInterventions two)
    {
        using var scope = torch.NewDisposeScope();
        var batch = TestModels.Batch(TestModels.Sequences(model.Config, length: 9));
        return (model.Run(batch, interventions: one).Logits - model.Run(batch, interventions: two).Logits).abs().max().item<float>();
    }
}
