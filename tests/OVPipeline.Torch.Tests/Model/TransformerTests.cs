using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TransformerTests
{
    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, TestModels.Configs.Count())];

    public static TheoryData<int> KindsAndFolded => [.. Enumerable.Range(0, TestModels.Configs.Concat(TestModels.FoldedConfigs).Count())];

    [Theory]
    [MemberData(nameof(KindsAndFolded))]
    public void Forward_EveryKindOfModel_AgreesWithPlainLoops(int kind)
    {
        var config = TestModels.Configs.Concat(TestModels.FoldedConfigs).ElementAt(kind);
        using var model = TestModels.Random(config);
        foreach (int length in new[] { model.Config.Context, 1, 5 })
        {
            using var scope = torch.NewDisposeScope();
            int[][] sequences = TestModels.Sequences(model.Config, length: length);
            var plain = sequences.Select(tokens => new PlainForward(model.Config, model.Weights).Run(tokens)).ToArray();
            var batch = TestModels.Batch(sequences);
            Assert.InRange(TestModels.Difference(plain.SelectMany(p => p.Residual).SelectMany(row => row), model.Residual(batch)), 0, 2e-4);
            Assert.InRange(TestModels.Difference(plain.SelectMany(p => p.Logits).SelectMany(row => row), model.forward(batch)), 0, 2e-4);
        }
    }

    [Fact]
    public void Forward_EmbeddedModel_AgreesWithPlainLoops()
    {
        using var model = EmbeddedModel.Load();
        using var scope = torch.NewDisposeScope();
        int[][] sequences = TestModels.Sequences(model.Config, count: 1, length: 24);
        var plain = new PlainForward(model.Config, model.Weights).Run(sequences[0]);
        Assert.InRange(TestModels.Difference(plain.Logits.SelectMany(row => row), model.forward(TestModels.Batch(sequences))), 0, 2e-4);
    }

    [Fact]
    public void ResidualOf_GatheredEmbeddings_IsTheSameAsOfTokens()
    {
        using var model = TestModels.Random(TestModels.Config(PositionKind.Standard));
        using var scope = torch.NewDisposeScope();
        var tokens = TestModels.Batch(TestModels.Sequences(model.Config));
        Assert.Equal(0, (model.Residual(tokens) - model.ResidualOf(model.Embed(tokens).detach())).abs().max().item<float>());
    }

    [Theory]
    [MemberData(nameof(KindsAndFolded))]
    public void Backward_EveryParameter_MatchesFiniteDifferences(int kind)
    {
        var config = TestModels.Configs.Concat(TestModels.FoldedConfigs).ElementAt(kind);
        using var model = TestModels.Random(config);
        using var scope = torch.NewDisposeScope();
        model.to(torch.ScalarType.Float64);
        var tokens = TestModels.Batch(TestModels.Sequences(model.Config));
        torch.Tensor Loss() =>
            torch.nn.functional.cross_entropy(model.forward(tokens).view(-1, config.Vocabulary), tokens.roll(-1, 1).flatten());
        Loss().backward();
        using var random = new torch.Generator(5);
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var gradients = torch.no_grad();
            var direction = torch.randn(parameter.shape, torch.ScalarType.Float64, generator: random);
            double expected = (parameter.grad! * direction).sum().item<double>();
            const double Step = 1e-6;
            parameter.add_(direction.Times(Step), Scalars.One);
            double above = Loss().item<double>();
            parameter.add_(direction.Times(-2 * Step), Scalars.One);
            double below = Loss().item<double>();
            parameter.add_(direction.Times(Step), Scalars.One);
            double found = (above - below) / (2 * Step);
            Assert.True(Math.Abs(found - expected) < 1e-6 * (1 + Math.Abs(expected)), $"{name}: {found} and {expected}");
        }
    }

    [Fact]
    public void NamedParameters_ModelWithEverything_AreTransformerLensNamesEachOnceAndContiguous()
    {
        using var model = TestModels.Random(TestModels.Config(normalization: NormalizationKind.LN, biases: true, layers: 1, dValue: 2));
        var shapes = model.named_parameters().ToDictionary(p => p.name, p => string.Join(",", p.parameter.shape));
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.is_contiguous() && p.parameter.requires_grad));
        Assert.Equal(new Dictionary<string, string>
        {
            ["embed.W_E"] = "23,10",
            ["pos_embed.W_pos"] = "9,10",
            ["blocks.0.ln1.w"] = "10",
            ["blocks.0.ln1.b"] = "10",
            ["blocks.0.attn.W_Q"] = "3,10,4",
            ["blocks.0.attn.W_K"] = "3,10,4",
            ["blocks.0.attn.W_V"] = "3,10,2",
            ["blocks.0.attn.W_O"] = "3,2,10",
            ["blocks.0.attn.b_Q"] = "3,4",
            ["blocks.0.attn.b_K"] = "3,4",
            ["blocks.0.attn.b_V"] = "3,2",
            ["blocks.0.attn.b_O"] = "10",
            ["ln_final.w"] = "10",
            ["ln_final.b"] = "10",
            ["unembed.W_U"] = "10,23",
            ["unembed.b_U"] = "23",
        }.OrderBy(p => p.Key), shapes.OrderBy(p => p.Key));
    }

    [Fact]
    public void Constructor_SameSeed_SameWeights()
    {
        using var one = TestModels.Random(TestModels.Config(), seed: 3);
        using var two = TestModels.Random(TestModels.Config(), seed: 3);
        using var other = TestModels.Random(TestModels.Config(), seed: 4);
        Assert.Equal(one.Weights.W_E.Values.ToArray(), two.Weights.W_E.Values.ToArray());
        Assert.NotEqual(one.Weights.W_E.Values.ToArray(), other.Weights.W_E.Values.ToArray());
    }

    [Fact]
    public void Constructor_DefaultScales_GiveTheirDeviations()
    {
        NativeFiles.SkipWithoutBackend();
        using var model = new Transformer(
            TestModels.Config() with { Vocabulary = 4000, DModel = 64, ContextLength = 64 }, null, 1);
        Assert.Equal(0.3, Deviation(model.Weights.W_E), 0.01);
        Assert.Equal(0.3, Deviation(model.Weights.Read(WeightKind.W_pos)), 0.01);
        Assert.Equal(0.3 / 8, Deviation(model.Weights.W_U), 0.001);
        Assert.Equal(1.0 / 8, Deviation(model.Weights.W_Q(new(1, 2))), 0.02);

        static double Deviation(Matrix matrix) => Math.Sqrt(matrix.Values.ToArray().Average(value => (double)value * value));
    }

    [Fact]
    public void Weights_AfterAStep_AreTheNewOnes()
    {
        using var model = TestModels.Random(TestModels.Config());
        float before = model.Weights.W_V(new(1, 2))[3, 1];
        using (torch.no_grad())
            model.Weight("blocks.1.attn.W_V").add_(Scalars.One, Scalars.One);
        Assert.Equal(before + 1, model.Weights.W_V(new(1, 2))[3, 1]);
    }

    [Fact]
    public void Forward_TokensThatDoNotFit_SaysWhatDoes()
    {
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        Refuses<ArgumentOutOfRangeException>("[0, 23), one was 23", () => model.forward(torch.tensor([23L, 23], [1, 2])));
        Refuses<ArgumentOutOfRangeException>("one was -1", () => model.forward(torch.tensor([-1L, -1], [1, 2])));
        Refuses<ArgumentException>(
            "at most 9 tokens (n_ctx), were given 10", () => model.forward(torch.zeros(1, 10, torch.ScalarType.Int64)));
        Refuses<ArgumentException>("Float32 of [2]", () => model.forward(torch.zeros(2)));
        Refuses<ArgumentException>("[sequences, positions, 10]", () => model.ResidualOf(torch.zeros(1, 2, 3)));
    }

    [Fact]
    public void Constructor_BadSizes_SaysTheValue()
    {
        var config = TestModels.Config();
        Refuses<ArgumentOutOfRangeException>(
            "Heads must be at least 1, was 0", () => new Transformer(config with { Heads = 0 }));
        Refuses<ArgumentOutOfRangeException>(
            "DValue must be at least 1, was -2", () => new Transformer(TestModels.Config(dValue: -2)));
        Refuses<ArgumentOutOfRangeException>(
            "W_E of [2147483647, 10]", () => new Transformer(config with { Vocabulary = int.MaxValue }));
    }

    [Fact]
    public void Constructor_KindThatCannotBe_SaysTheValue()
    {
        var config = TestModels.Config();
        Assert.Contains("NormEpsilon must be above 0, was 0", Refused(config with { NormEpsilon = 0 }), StringComparison.Ordinal);
        Assert.Contains("AttentionScale must be above 0, was -1", Refused(config with { AttentionScale = -1 }), StringComparison.Ordinal);
        Assert.Contains("needs a layer norm", Refused(config with { FoldedValueGains = true }), StringComparison.Ordinal);

        static string Refused(AttentionOnlyConfig kind) =>
            Assert.Throws<ArgumentOutOfRangeException>(() => new Transformer(kind)).Message;
    }

    [Fact]
    public void Constructor_BuiltWithoutLibtorch_SaysHowToGetIt()
    {
        Assert.SkipWhen(NativeFiles.HasBackend, "Built with libtorch.");
        var error = Assert.Throws<TorchUnavailableException>(() => new Transformer(TestModels.Config()));
        Assert.Contains("TorchBackend=cpu", error.Message, StringComparison.Ordinal);
    }

    private static void Refuses<T>(string expected, Func<object?> action) where T : Exception
    {
        var error = Assert.Throws<T>(action);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
