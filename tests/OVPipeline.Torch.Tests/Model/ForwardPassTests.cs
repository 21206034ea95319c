using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class ForwardPassTests
{
    private const ForwardParts Everything = ForwardParts.Logits | ForwardParts.Losses | ForwardParts.Patterns | ForwardParts.HeadOutputs;

    [Theory]
    [MemberData(nameof(TransformerTests.Kinds), MemberType = typeof(TransformerTests))]
    public void Run_Everything_AgreesWithPlainLoops(int kind)
    {
        var config = TestModels.Configs.ElementAt(kind);
        using var model = TestModels.Random(config);
        using var scope = torch.NewDisposeScope();
        int[] tokens = TestModels.Sequences(model.Config, count: 1)[0];
        var plain = new PlainForward(model.Config, model.Weights).Run(tokens);
        using var pass = model.Run(TestModels.Batch([tokens]), Everything);
        Assert.InRange(TestModels.Difference(plain.Logits.SelectMany(row => row), pass.Logits), 0, 1e-4);
        Assert.InRange(TestModels.Difference(plain.Residual.SelectMany(row => row), pass.Residual), 0, 1e-4);
        Assert.InRange(TestModels.Difference(plain.Logits.SkipLast(1).Select((row, t) => Loss(row, tokens[t + 1])), pass.Losses), 0, 1e-4);
        foreach (var head in model.Config.AllHeads)
        {
            Assert.InRange(
                TestModels.Difference(plain.Patterns[head].Cast<double>(), pass.Patterns[head.Layer].select(1, head.Head)), 0, 1e-5);
            Assert.InRange(
                TestModels.Difference(plain.Outputs[head].SelectMany(row => row), pass.HeadOutputs[head.Layer].select(2, head.Head)),
                0, 1e-4);
        }
    }

    [Theory]
    [InlineData(PositionKind.Shortformer, false)]
    [InlineData(PositionKind.Standard, true)]
    public void HeadOutputs_WithEmbeddingAndBiases_SumToTheResidual(PositionKind positions, bool biases)
    {
        using var model = TestModels.Random(TestModels.Config(positions, biases: biases, layers: 3));
        using var scope = torch.NewDisposeScope();
        using var pass = model.Run(TestModels.Batch(TestModels.Sequences(model.Config)), ForwardParts.HeadOutputs);
        var sum = pass.HeadOutputs.Aggregate(pass.Embedded, (total, layer) => total.Plus(layer.sum(2)));
        for (int layer = 0; biases && layer < 3; layer++)
            sum = sum.Plus(model.Weight($"blocks.{layer}.attn.b_O"));
        Assert.InRange((sum - pass.Residual).abs().max().item<float>(), 0, 1e-4);
    }

    [Fact]
    public void Losses_WithTargets_AreOfTheTargets()
    {
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        int[][] inputs = TestModels.Sequences(model.Config), targets = TestModels.Sequences(model.Config, seed: 2);
        using var pass = model.Run(TestModels.Batch(inputs), ForwardParts.Losses | ForwardParts.Logits, targets: TestModels.Batch(targets));
        using var alone = model.Run(TestModels.Batch(inputs), ForwardParts.Losses, targets: TestModels.Batch(targets));
        var expected = torch.nn.functional.cross_entropy(
            pass.Logits.view(-1, model.Config.Vocabulary), TestModels.Batch(targets).flatten(), reduction: torch.nn.Reduction.None);
        Assert.InRange((expected - pass.Losses.flatten()).abs().max().item<float>(), 0, 1e-5);
        Assert.InRange((expected - alone.Losses.flatten()).abs().max().item<float>(), 0, 1e-5);
        var error = Assert.Throws<ArgumentException>(() => model.Run(TestModels.Batch(inputs), targets: TestModels.Batch(targets[..1])));
        Assert.Contains("were [1, 9]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_NotAskedFor_SaysHowToAsk()
    {
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        using var pass = model.Run(TestModels.Batch(TestModels.Sequences(model.Config)), ForwardParts.Losses);
        var error = Assert.Throws<InvalidOperationException>(() => pass.Logits);
        Assert.Contains("ForwardParts.Logits", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => pass.Patterns);
        Assert.Throws<InvalidOperationException>(() => pass.HeadOutputs);
    }

    private static double Loss(double[] logits, int token) => Math.Log(logits.Sum(Math.Exp)) - logits[token];
}
