using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Tests.Fitting;

/// <summary>
/// Fits at a head's norm on a trained model with fewer tokens than dimensions. The references are of projected gradient in another
/// language; the figures of the heads are plain products of their weights.
/// </summary>
public sealed class RealModelFitTests
{
    // first_unique_char of ARENA's monthly problems: V 11, d_model 42. The third decimal of a reference is rounded.
    private const double Rounded = 5e-4;

    [Theory]
    [InlineData("0.2", 14, 1.660, 0.196)]
    [InlineData("0.2", 2, 1.660, 1.288)]
    [InlineData("0.0+0.2", 28, 0.919, 0.075)]
    [InlineData("0.0+0.2", 4, 0.919, 0.455)]
    public void Fit_AtTheNormOfRealHeads_ReachesTheReference(string heads, int rank, double ownLogLoss, double reference)
    {
        var weights = TransformerCheckpoint.Load(
            SharedFiles.PathOf("models", "real", "arena", "august23_unique_char-first_unique_char_model.pt")).Weights;
        var own = FactoredMatrix.Sum([.. heads.Split('+').Select(head => weights.OVCircuit(HeadIndex.Parse(head)))]);
        LowRankFit Fit(LowRankFitOptions options) => LowRankFitter.Fit(
            weights.W_E, weights.W_U, FitExamples.Copying(weights.Config.Vocabulary), options, null, TestContext.Current.CancellationToken);
        Assert.Equal(ownLogLoss, Fit(new() { Rank = own.Rank, InitialFactors = own, MaxSteps = 0 }).LogLoss, 2 * Rounded);
        var fit = Fit(new() { Rank = rank, MaxNorm = own.FrobeniusNorm() });
        Assert.InRange(fit.LogLoss, 0, reference + Rounded);
        Assert.Equal(FitStop.Stationary, fit.StopReason);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(48)]
    public void Fit_VocabularyBelowWidth_IsNoWorseThanTheHead(int rank)
    {
        var weights = TransformerCheckpoint.Load(SharedFiles.PathOf("cases", "models", "vocab-below-width")).Weights;
        var own = weights.OVCircuit(new HeadIndex(0, 0));
        var examples = FitExamples.Copying(weights.Config.Vocabulary);
        double head = LowRankFitter.Fit(weights.W_E, weights.W_U, examples, new() { Rank = 12, InitialFactors = own, MaxSteps = 0 }, null,
            TestContext.Current.CancellationToken).LogLoss;
        Assert.Equal(3.029, head, Rounded);
        var fit = LowRankFitter.Fit(weights.W_E, weights.W_U, examples, new() { Rank = rank, MaxNorm = own.FrobeniusNorm() }, null,
            TestContext.Current.CancellationToken);
        Assert.InRange(fit.LogLoss, 0, head + 1e-6);
    }
}
