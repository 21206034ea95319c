using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class ReachRowTests
{
    private static readonly ReachTarget s_target = new("x", FrontierWay.Free, IsLoss: false, 0.5, null, null);

    [Fact]
    public void Find_Bisection_FindsTheSmallestRank()
    {
        var tried = new List<int>();
        bool TryRank(int rank)
        {
            tried.Add(rank);
            return rank >= 23;
        }

        var row = ReachRow.Find(s_target, null, [(1, false, false), (16, false, false), (64, true, false)], TryRank);
        Assert.Equal((22, 23, 64), (row.Below, row.Reached!.Value, row.Most));
        Assert.InRange(tried.Count, 1, 6);
    }

    [Fact]
    public void Find_FitThatFailedACheck_TellsOfNoRankThatItIsTooSmall()
    {
        Assert.Equal((1, 64), Bracket((1, false, false), (16, false, true), (64, true, false)));
        Assert.Equal((16, 64), Bracket((1, false, false), (16, false, false), (64, true, true)));
        Assert.Equal((0, null), Bracket((1, false, true), (64, false, true)));
        Assert.Equal((1, 16), Bracket((1, false, false), (16, true, false), (64, false, false)));

        static (int, int?) Bracket(params (int, bool, bool)[] tested)
        {
            var row = ReachRow.Find(s_target, null, tested, null);
            return (row.Below, row.Reached);
        }
    }
}
