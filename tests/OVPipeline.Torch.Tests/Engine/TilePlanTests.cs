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

    // 100,000 bytes: 20,000 for G, a quarter of the rest for pairs, and of 60,000 two rows of 2,052 leave 55,896 for logits of 16 bytes;
    // four rows would leave fewer than 1,024 columns. A column that is on the device already takes nothing more.
    [Fact]
    public void For_ColumnsOnTheDevice_TakesAsManyAsFit()
    {
        var plan = TilePlan.For(100_000, 5000, 1, candidates: 0, rows: 4, cells: 1 << 26);
        Assert.Equal((true, 2, 55_896 / (2 * 16)), (plan.IsResident, plan.Rows, plan.Columns));
    }
}
