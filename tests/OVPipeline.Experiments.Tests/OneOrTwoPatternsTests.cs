using OVPipeline.Core;
using OVPipeline.Torch;
using Xunit;
using static OVPipeline.Experiments.Tests.TinyForward;

namespace OVPipeline.Experiments.Tests;

public sealed class OneOrTwoPatternsTests
{
    [Fact]
    public void Losses_TwoPatternsWithTheModelsOwnCircuits_AreTheModels()
    {
        var text = Pair(Model(biases: true));
        Equal(Losses(text), text.Losses(block => block.Rest.Plus(block.Written([(A, text.Own(A)), (B, text.Own(B))]))));
    }

    [Fact]
    public void Fit_RandomStart_LearnsItsText()
    {
        var text = Pair(Model());
        var blocks = text.Blocks(text.Forward.Training(100), split: false);
        var fit = new CircuitFit(text, [.. Enumerable.Repeat(blocks, 20).SelectMany(block => block)], rows: 128);
        var fitted = fit.Fit([(A, 4), (B, 4)], seed: 1);
        Assert.Equal([4, 4], fitted.Terms.Select(term => term.Circuit.Rank));
        Assert.True(Loss(fitted) < Loss(new([(A, text.Own(A)), (B, text.Own(B))], new(1, fitted.Constant.Columns))) - 0.05, "The fit gained nothing on the text that it was fitted on.");
        Assert.Equal(fitted.Terms[0].Circuit.A.Values.ToArray(), fit.Fit([(A, 4), (B, 4)], seed: 1).Terms[0].Circuit.A.Values.ToArray());
        var constant = fit.Fit([], seed: 1);
        Assert.Empty(constant.Terms);
        Assert.InRange(Loss(constant), Loss(fitted) + 0.01, Loss(new([], Sum(text.Mean(A).ToMatrix(), text.Mean(B).ToMatrix()))) - 0.001);

        static Matrix Sum(Matrix a, Matrix b) => Matrix.Create(a.Rows, a.Columns, (i, j) => a[i, j] + b[i, j]);

        double Loss(FittedCircuits circuits)
        {
            using var gradients = TorchSharp.torch.no_grad();
            return blocks.Average(block => text.Forward.Module.Unembed(circuits.Residual(block)).NextTokenLosses(block.Targets).mean().item<float>());
        }
    }

    [Fact]
    public void Fit_OwnStart_BeginsAtTheModel()
    {
        // One step of a cosine's end: what it starts from is what it is given, up to one small step.
        var text = Pair(Model());
        var blocks = text.Blocks(text.Forward.Training(1), split: false);
        var fit = new CircuitFit(text, blocks, rows: int.MaxValue);
        Assert.Equal(1, fit.Steps);
        var fitted = fit.Fit([(A, 4), (B, 4)], seed: 1, [text.Own(A), text.Own(B)]);
        Assert.InRange(text.Losses(fitted.Residual).Average() - Losses(text).Average(), -0.3, 0.1);
        double drift = Relative(fitted.Terms[0].Circuit.ToMatrix(), text.Own(A).ToMatrix());
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
    public void Word_Interval_HasToAgree(double r, double low, double high, string word) => Assert.Equal(word, SplitAccount.Word(new ConfidenceInterval(r, low, high, 0.95)));

    private static double Relative(Matrix a, Matrix b)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < a.Values.Length; i++)
            (difference, size) = (difference + Math.Pow(a.Values[i] - b.Values[i], 2), size + Math.Pow(b.Values[i], 2));
        return Math.Sqrt(difference / size);
    }
}
