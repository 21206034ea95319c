using Xunit;

namespace OVPipeline.Core.Tests;

public class ExampleScorerTests
{
    private const int Vocabulary = 1500, Rank = 20;

    private static readonly FitProblem s_problem = FitProblem.Create(
        TestMatrices.Random(Vocabulary, 24, seed: 1), TestMatrices.Random(24, Vocabulary, seed: 2), FitExamples.Copying(Vocabulary));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // One pair after the other in the same memory: what is left of the one before would be a wrong figure.
    [Fact]
    public void Score_PairAfterPair_IsWhatEachScoresAlone()
    {
        var scorer = new ExampleScorer(s_problem, Rank, CpuEngine.Shared);
        foreach (int seed in new[] { 3, 4, 3 })
            Assert.Equal(Ranks(new(s_problem, Rank, CpuEngine.Shared), Pair(seed)), Ranks(scorer, Pair(seed)));
        Assert.NotEqual(Ranks(scorer, Pair(3)), Ranks(scorer, Pair(4)));
    }

    [Fact]
    public void Columns_PairAfterPair_TakesTheirMemoryOnce()
    {
        var scorer = new ExampleScorer(s_problem, Rank, CpuEngine.Shared);
        var first = scorer.Columns(Pair(3), Token);
        var (floats, bytes) = Panels(first);
        var second = scorer.Columns(Pair(4), Token);
        Assert.Same(first.G, second.G);
        Assert.Equal((floats, bytes), Panels(second));
        Assert.Equal(Rank - 1, scorer.Columns(Pair(5, Rank - 1), Token).Rank); // of another shape: anew
    }

    private static unsafe (nint Floats, nint Bytes) Panels(OutputColumns columns)
    {
        var packed = PackedColumns.Of(columns, 16);
        return ((nint)packed.Panels, (nint)packed.Bytes.Panels);
    }

    private static FactoredMatrix Pair(int seed, int rank = Rank) =>
        new(TestMatrices.Random(24, rank, seed), TestMatrices.Random(rank, 24, seed + 10));

    private static int[] Ranks(ExampleScorer scorer, FactoredMatrix pair)
    {
        var ranks = new int[Vocabulary];
        scorer.Score(pair, [.. Enumerable.Range(0, Vocabulary)], new() { LabelRank = true }, Note, Token);
        return ranks;

        void Note(int example, ScoredRows scores, int row) => ranks[example] = scores.LabelRanks[row];
    }
}
