using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Experiments.Tests.Verdicts;

public sealed class HalfTheRankToleranceTests
{
    // What is off by the tolerance itself cannot be told apart, on either side.
    [Theory, InlineData(1), InlineData(-1)]
    public void HalfTheRank_LossesApartByTheTolerance_CannotBeToldApart(int sign)
    {
        const double Pair = 5;
        double fit = sign > 0 ? Pair + FrontierChecks.Tolerance : Pair - FrontierChecks.Tolerance;
        var statement = FrontierVerdicts.HalfTheRank(("0.0 + 0.2", Pair), (8, fit), null, "t");
        Assert.EndsWith(": they cannot be told apart.", statement.Text, StringComparison.Ordinal);
    }
}
