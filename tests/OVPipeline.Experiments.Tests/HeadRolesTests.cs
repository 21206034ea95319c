using OVPipeline.Core;
using Xunit;
using static OVPipeline.Experiments.Tests.TinyForward;

namespace OVPipeline.Experiments.Tests;

public sealed class HeadRolesTests
{
    [Fact]
    public void Of_ConstructedSets_CountsAndStratifies()
    {
        // Of 40 tokens that occur often: 10 by both, 5 only A, 5 only B, 20 by neither; of 20 that never occur: 2, 4, 4, 10.
        (int Count, bool A, bool B, long Seen)[] groups = [(10, true, true, 50), (5, true, false, 50), (5, false, true, 50), (20, false, false, 50), (2, true, true, 0), (4, true, false, 0), (4, false, true, 0), (10, false, false, 0)];
        bool[] a = [.. groups.SelectMany(group => Enumerable.Repeat(group.A, group.Count))], b = [.. groups.SelectMany(group => Enumerable.Repeat(group.B, group.Count))];
        long[] counts = [.. groups.SelectMany(group => Enumerable.Repeat(group.Seen, group.Count))];
        bool[] sum = [.. a.Select((_, i) => i is < 8 or >= 40 and < 43 or 30)]; // 8 of the first 10; the 2 by both and 1 only A that never occur; one by neither
        var sets = CopiedSets.Of(A, B, a, b, sum, counts);
        Assert.Equal([new(2, 4, 4, 10), new(0, 0, 0, 0), new(10, 5, 5, 20)], sets.Strata);
        Assert.Equal((10 * 20 / 40.0 + 2 * 10 / 20.0) / (5 * 5 / 40.0 + 4 * 4 / 20.0), sets.OddsRatio, 12);
        Assert.Equal(12 / 21.0, sets.GivenA, 12);
        Assert.Equal(9 / 39.0, sets.GivenNotA, 12);
        Assert.Equal((1, 30 - 11), (sets.OnlyTogether, sets.LostInSum));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(19, 1)]
    [InlineData(20, 2)]
    public void StratumOf_Count_IsTheSpecifications(long count, int stratum) => Assert.Equal(stratum, CopiedSets.StratumOf(count));

    [Fact]
    public void Specialization_ConstructedEffects_IsTheLogOfRatios()
    {
        // A does 0.4 for induction and 0.2 for seen tokens, B 0.1 and 0.2: S = log 4.
        double[][] block = [.. Enumerable.Range(0, TextContexts.Cells).Select(_ => new double[RoleFigures.Measures])];
        block[1] = [10, 0, 0, 4, 1, 0];
        block[3] = [20, 0, 0, 4, 4, 0];
        var figures = new RoleFigures([.. Enumerable.Repeat(block, 6)], [0, 0, 0, 1, 1, 1]);
        var s = figures.Specialization(RoleFigures.LossA, RoleFigures.LossB, [0, 1], [2, 3]);
        Assert.Equal(Math.Log(4), s.Estimate, 12);
        Assert.Equal(s.Estimate, s.Low, 12); // all blocks are alike
        Assert.True(double.IsNaN(figures.Specialization(RoleFigures.LogitA, RoleFigures.LogitB, [0, 1], [2, 3]).Estimate), "Effects of zero have no ratio.");
    }

    [Fact]
    public void CellsOf_Window_TellsInductionSeenAndNew()
    {
        var contexts = new TextContexts(new Vocabulary(["<sep>", "␣a", "␣Bob", "c", "."]), separator: 0);
        long[] inputs = [0, 1, 2, 3, 1, 3, 4], targets = [1, 2, 3, 1, 2, 4, 2];
        // new, new name, new, seen, induction of a name, new, seen after a full stop: no name
        Assert.Equal([5, 4, 5, 3, 0, 5, 3], contexts.CellsOf(inputs, targets));
        Assert.Equal([-1], contexts.CellsOf([1], [0]));
    }

    [Fact]
    public void Measure_AllCells_SumToAblationOfTheText()
    {
        var text = Pair(Model());
        var figures = RoleFigures.Measure(text, new(new Vocabulary([.. Enumerable.Range(0, 30).Select(i => $"t{i}")]), separator: 29));
        int[] cells = [.. Enumerable.Range(0, TextContexts.Cells)], blocks = [.. Enumerable.Range(0, text.Validation.Count)];
        long kept = text.Validation.Sum(block => block.Targets.data<long>().Count(target => target != 29));
        Assert.Equal(kept, figures.Positions(cells));
        var all = RoleFigures.Measure(text, new(new Vocabulary([.. Enumerable.Range(0, 30).Select(i => $"t{i}")]), separator: -1));
        Assert.Equal(PutBackResult.MeanAblation(text, [A, B]).Losses.Average() - Losses(text).Average(), all.Mean(RoleFigures.LossBoth, cells, blocks), 4);
        Assert.Equal(PutBackResult.MeanAblation(text, [A]).Losses.Average() - Losses(text).Average(), all.Mean(RoleFigures.LossA, cells, blocks), 4);
    }

    [Fact]
    public void Cosines_KnownSpaces_AreThoseOfTheirAngles()
    {
        double angle = 0.7;
        var first = Matrix.Create(4, 2, (i, k) => i == k ? 2 : 0); // e1, e2
        var second = new Matrix(4, 2, [5, 1, 0, (float)Math.Cos(angle), 0, 0, 0, (float)Math.Sin(angle)]); // e1, and e2 turned towards e4 with some of e1
        Equal([1, Math.Cos(angle)], PrincipalAngles.Cosines(first, second), 1e-6);
    }
}
