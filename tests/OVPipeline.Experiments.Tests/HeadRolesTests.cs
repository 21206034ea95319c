using OVPipeline.Core;
using Xunit;
using static OVPipeline.Experiments.Tests.TinyForward;

namespace OVPipeline.Experiments.Tests;

public sealed class HeadRolesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-roles-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Kept_AfterARun_GivesTheSameSection()
    {
        var experiment = new HeadRoles();
        var first = experiment.Run(NewLaboratory(Model(), _folder));
        var kept = experiment.Kept(NewLaboratory(Model(), _folder))!;
        Assert.NotSame(first, kept);
        Assert.Equal(Json(first.ToSection()), Json(kept.ToSection()));
        Assert.Equal(Json(first.ToSection()), Json(experiment.Run(NewLaboratory(Model(), _folder)).ToSection()));
    }

    [Fact]
    public void Run_FewerHeads_IsComputedAgain()
    {
        var laboratory = NewLaboratory(Model(), _folder);
        var first = new HeadRoles().Run(laboratory);
        Assert.Equal((3, 3), (first.Heads.Count, first.Pairs.Count));
        var two = new HeadRoles(new() { MostHeads = 2 });
        Assert.Null(two.Kept(laboratory));
        var second = two.Run(laboratory);
        HeadIndex[] both = [first.Gate.A, first.Gate.B];
        Assert.Equal(both.OrderBy(head => head.Head), second.Heads.OrderBy(head => head.Head));
        Assert.Equal(Json(first.MainPair), Json(Assert.Single(second.Pairs)));
    }

    [Fact]
    public void Constructor_OneHead_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new HeadRoles(new() { MostHeads = 1 }));

    [Fact]
    public void Contexts_OfARun_HaveARowForEachContextAndItsTargets()
    {
        var found = new HeadRoles().Run(NewLaboratory(Model()));
        Assert.Equal(9, found.Contexts.Count);
        foreach (var context in found.Contexts.GroupBy(row => row.Context))
        {
            long Positions(TextTargets targets) => context.Single(row => row.Targets == targets).Positions;
            Assert.Equal(Positions(TextTargets.All), Positions(TextTargets.Names) + Positions(TextTargets.Others));
        }
        Assert.All(found.Contexts.Where(row => row.Positions > 0), row =>
            Assert.Equal(row.LossBoth, row.LossA.Estimate + row.LossB.Estimate + row.Saturation, 12));
        Assert.Equal([HeadRolesResult.ByLogit, HeadRolesResult.ByAblation], found.Specializations.Select(one => one.Measure).Distinct());
    }

    [Fact]
    public void Of_ConstructedSets_CountsAndStratifies()
    {
        // Of 40 tokens that occur often: 10 by both, 5 only A, 5 only B, 20 by neither; of 20 that never occur: 2, 4, 4, 10.
        (int Count, bool A, bool B, long Seen)[] groups =
        [
            (10, true, true, 50), (5, true, false, 50), (5, false, true, 50), (20, false, false, 50),
            (2, true, true, 0), (4, true, false, 0), (4, false, true, 0), (10, false, false, 0),
        ];
        bool[] a = [.. groups.SelectMany(group => Enumerable.Repeat(group.A, group.Count))];
        bool[] b = [.. groups.SelectMany(group => Enumerable.Repeat(group.B, group.Count))];
        long[] counts = [.. groups.SelectMany(group => Enumerable.Repeat(group.Seen, group.Count))];
        // 8 of the first 10; the 2 by both and 1 only A that never occur; one by neither
        bool[] sum = [.. a.Select((_, i) => i is < 8 or (>= 40 and < 43) or 30)];
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
    public void StratumOf_Count_IsTheSpecifications(long count, int stratum) =>
        Assert.Equal(stratum, CopiedSets.StratumOf(count));

    [Fact]
    public void Specialization_ConstructedEffects_IsTheLogOfRatios()
    {
        // A does 0.4 for induction and 0.2 for seen tokens, B 0.1 and 0.2: S = log 4.
        RoleSums[] block = [.. Enumerable.Repeat(new RoleSums(0, 0, 0, 0, 0, 0), TextContexts.Cells)];
        block[1] = new(10, 0, 0, 4, 1, 0);
        block[3] = new(20, 0, 0, 4, 4, 0);
        var figures = new RoleFigures([.. Enumerable.Repeat(block, 6)], [0, 0, 0, 1, 1, 1]);
        var s = figures.Specialization(one => one.LossA, one => one.LossB, [0, 1], [2, 3]);
        Assert.Equal(Math.Log(4), s.Estimate, 12);
        Assert.Equal(s.Estimate, s.Low, 12); // all blocks are alike
        var none = figures.Specialization(one => one.LogitA, one => one.LogitB, [0, 1], [2, 3]);
        Assert.True(double.IsNaN(none.Estimate), "Effects of zero have no ratio.");
    }

    [Fact]
    public void Interval_UnlikeBlocks_IsThatOfTheMeanOfEveryResample()
    {
        var random = new Random(2);
        RoleSums Sums() => new(random.Next(1, 9), random.NextDouble(), 0, 0, 0, 0);
        RoleSums[] Block() => [.. Enumerable.Range(0, TextContexts.Cells).Select(_ => Sums())];
        var figures = new RoleFigures([.. Enumerable.Range(0, 8).Select(_ => Block())], [0, 0, 0, 1, 1, 1, 1, 1]);
        int[] cells = [0, 2, 5];
        double Mean(IReadOnlyList<int> blocks) =>
            blocks.Sum(block => cells.Sum(cell => figures.Blocks[block][cell].LogitA))
            / blocks.Sum(block => cells.Sum(cell => figures.Blocks[block][cell].Positions));
        var (expected, found) = (figures.Intervals.Of(Mean), figures.Interval(one => one.LogitA, cells));
        Assert.Equal(
            [expected.Estimate, expected.Low, expected.High], [found.Estimate, found.Low, found.High],
            (double a, double b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(Mean([7, 7, 1]), figures.Mean(one => one.LogitA, cells, [7, 7, 1]), 12);
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
        var vocabulary = new Vocabulary([.. Enumerable.Range(0, 30).Select(i => $"t{i}")]);
        var figures = RoleFigures.Measure(text, new(vocabulary, separator: 29));
        int[] cells = [.. Enumerable.Range(0, TextContexts.Cells)], blocks = [.. Enumerable.Range(0, text.Validation.Count)];
        long kept = text.Validation.Sum(block => block.Targets.data<long>().Count(target => target != 29));
        Assert.Equal(kept, figures.Positions(cells));
        var all = RoleFigures.Measure(text, new(vocabulary, separator: -1));
        double model = Losses(text).Average();
        Assert.Equal(text.LossesUnderMeanAblation([A, B]).Average() - model, all.Mean(one => one.LossBoth, cells, blocks), 4);
        Assert.Equal(text.LossesUnderMeanAblation([A]).Average() - model, all.Mean(one => one.LossA, cells, blocks), 4);
    }

    [Fact]
    public void Cosines_KnownSpaces_AreThoseOfTheirAngles()
    {
        double angle = 0.7;
        var first = Matrix.Create(4, 2, (i, k) => i == k ? 2 : 0); // e1, e2
        // e1, and e2 turned towards e4 with some of e1
        var second = new Matrix(4, 2, [5, 1, 0, (float)Math.Cos(angle), 0, 0, 0, (float)Math.Sin(angle)]);
        Equal([1, Math.Cos(angle)], PrincipalAngles.Cosines(first, second), 1e-6);
    }
}
