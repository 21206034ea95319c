using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using Xunit;
using static OVPipeline.Experiments.Tests.TinyForward;

namespace OVPipeline.Experiments.Tests;

public sealed class PutItBackTests
{
    private static readonly HeadIndex[] s_both = [A, B];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Judge_OriginalAtItsOwnScale_HasTheModelsLoss(bool biases)
    {
        var text = Pair(Model(biases));
        foreach (HeadIndex[] place in new HeadIndex[][] { [A], [B], s_both })
            Equal(Losses(text), PutBackResult.Judge(text, Original(text, place), factor: 1).Losses);
    }

    [Fact]
    public void Written_OtherCircuitUnderAnotherPattern_IsWhatTheInterventionDoes()
    {
        var text = Pair(Model());
        Equal(Losses(text, HeadInterventions.None.ReplaceOV(text.Own(B), 0.7, A)), text.Losses(block => text.Without(block, [A]).Plus(block.Written([(A, text.Own(B))]).Times(0.7))));
    }

    [Fact]
    public void Judge_FactorZero_IsMeanAblation()
    {
        var text = Pair(Model());
        var arm = new PutBackArm([A], "B's circuit under A's pattern", 4, () => [(A, text.Own(B))]);
        Equal(PutBackResult.MeanAblation(text, [A]).Losses, PutBackResult.Judge(text, arm, factor: 0).Losses);
    }

    [Fact]
    public void Judge_OnTheTextThatItIsFittedOn_NoOtherFactorIsBetter()
    {
        var text = PairOnOneText(Model());
        var arm = Original(text, s_both);
        var fitted = PutBackResult.Judge(text, arm);
        foreach (double other in new[] { 0.8, 0.95, 1.05, 1.25 })
            Assert.True(fitted.Losses.Average() < PutBackResult.Judge(text, arm, other * fitted.Factor).Losses.Average(), $"{other} times the factor is better.");
    }

    [Fact]
    public void Judge_CircuitTimesFive_IsTheSameArm()
    {
        var text = Pair(Model());
        var own = text.Own(A);
        var larger = new FactoredMatrix(Matrix.Create(own.A.Rows, own.A.Columns, (i, j) => 5 * own.A[i, j]), own.B);
        var (first, second) = (PutBackResult.Judge(text, Original(text, [A])), PutBackResult.Judge(text, new([A], "five", 4, () => [(A, larger)])));
        Assert.InRange(5 * second.Factor!.Value / first.Factor!.Value, 0.999, 1.001);
        Equal(first.Losses, second.Losses, 1e-4);
    }

    [Fact]
    public void MeanAblation_Both_IsWhatTheInterventionDoes()
    {
        var text = Pair(Model());
        var means = HeadMeansMeasure.Over(text.Forward.Module, torch.cat([.. text.Training.Select(block => block.Inputs)]), perPosition: false, s_both);
        Equal(Losses(text, HeadInterventions.None.MeanAblate(means, s_both)), PutBackResult.MeanAblation(text, s_both).Losses);
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
    public void Parts_AnyBlock_SumToWhatTheHeadsAdd()
    {
        var text = Pair(Model());
        using var gradients = torch.no_grad();
        var block = text.Validation[0];
        var (diagonal, offDiagonal, composed) = CopySplit.Parts(text, block, s_both);
        var whole = block.Written([(A, text.Own(A)), (B, text.Own(B))]).matmul(text.Forward.Weights.W_U.ToTensor());
        Assert.InRange((diagonal.Plus(offDiagonal).Plus(composed) - whole).abs().max().item<float>(), 0, 1e-4);
        Assert.True(composed.abs().max().item<float>() > 0.01, "Nothing was composed.");
    }

    [Fact]
    public void Parts_Diagonal_IsAttentionTimesTheCircuitsOwnEntry()
    {
        var text = Pair(Model());
        using var gradients = torch.no_grad();
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
        Equal(PutBackResult.MeanAblation(text, s_both).Losses, split.None);
        Assert.NotEqual(split.Diagonal, split.None);
    }

    private static PutBackArm Original(PairOnText text, HeadIndex[] place) => new(place, PutBackArms.Original, 4, () => [.. place.Select(head => (head, text.Own(head)))]);
}
