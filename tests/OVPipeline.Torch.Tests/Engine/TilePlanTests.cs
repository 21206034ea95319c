using Xunit;

namespace OVPipeline.Torch.Tests;

public class TilePlanTests
{
    [Theory]
    [InlineData(1L << 30, 50_278, 64, 4096, true)]
    [InlineData(1L << 30, 128_256, 128, 4096, true)]
    [InlineData(1L << 30, 128_256, 4096, 4096, false)]
    [InlineData(1L << 20, 3000, 200, 500, false)]
    [InlineData(1L << 20, 50_278, 768, 1, false)]
    public void For_EverySize_FitsTheBudget(long budget, int vocabulary, int rank, int rows, bool resident)
    {
        var plan = TilePlan.For(budget, vocabulary, rank, 13, rows, 1L << 26);
        Assert.Equal(resident, plan.IsResident);
        Assert.InRange(plan.Rows, 1, rows);
        Assert.InRange(plan.Columns, 1, vocabulary);
        double cells = (double)plan.Rows * plan.Columns, columns = 4.0 * rank * (resident ? vocabulary : plan.Columns);
        Assert.InRange(16 * cells + columns + 4.0 * rank * plan.Rows + 24.0 * rank * plan.Pairs, 0, budget);
    }

    [Fact]
    public void For_RankThatDoesNotFit_SaysWhatIsNeeded()
    {
        var error = Assert.Throws<InvalidOperationException>(() => TilePlan.For(1 << 20, 100_000, 100_000, 0, 1, 1 << 20));
        Assert.Contains("rank 100,000 needs a memory budget of at least", error.Message, StringComparison.Ordinal);
    }
}
