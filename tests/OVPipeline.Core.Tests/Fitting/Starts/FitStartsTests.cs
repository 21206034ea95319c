using Xunit;

namespace OVPipeline.Core.Tests;

public class FitStartsTests
{
    private const int Width = 40, Rank = 3;

    private static readonly FitProblem Problem = ProblemOf(60);

    private static LowRankFitOptions Given => new() { Rank = Rank, MaxNorm = 1, InitialFactors = Pair(Rank) };

    [Fact]
    public void Bounded_GivenFactorsLeaveNothingToFill_TakesNoStepForIt()
    {
        // The steepest pair is found by an iteration, which would see that it is cancelled.
        var full = Given with { KnownFactors = [Pair(Rank)] };
        var lower = Given with { KnownFactors = [Pair(Rank - 1)] };
        Assert.Equal(2, Bounded(full, new Random(1), isCancelled: true).Count);
        Assert.Throws<OperationCanceledException>(() => Bounded(lower, new Random(1), isCancelled: true));
    }

    [Fact]
    public void Bounded_SteepestPairWantedOrNot_DrawsTheSame()
    {
        Random wanted = new(1), unwanted = new(1);
        Bounded(Given with { KnownFactors = [Pair(Rank - 1)] }, wanted);
        Bounded(Given, unwanted);
        Assert.Equal(wanted.NextDouble(), unwanted.NextDouble());
    }

    private static IReadOnlyList<FactorPair> Bounded(LowRankFitOptions options, Random random, bool isCancelled = false)
    {
        var token = TestContext.Current.CancellationToken;
        var moments = GramMatrices.Of(Problem, centred: true, token);
        var starts = new FitStarts(Problem, options, new(Problem, Rank, CpuEngine.Shared), random);
        return starts.Bounded(new(moments, Width, token), moments, new(isCancelled));
    }

    private static FactoredMatrix Pair(int rank) =>
        new(TestMatrices.Random(Width, rank, seed: 3), TestMatrices.Random(rank, Width, seed: 4));

    private static FitProblem ProblemOf(int vocabulary)
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(vocabulary, Width);
        return FitProblem.Create(embedding, unembedding, FitExamples.Copying(vocabulary));
    }
}
