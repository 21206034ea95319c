using Xunit;

namespace OVPipeline.Core.Tests.Scoring;

public sealed class ScoringArgumentsTests
{
    // Every value of three rows of four is looked at, the first and the last too.
    [Fact]
    public void Require_OneValueThatIsNotFinite_NamesItsRow()
    {
        var columns = ScoringCases.Create("ordinary", 20, 4).Columns;
        var scores = new ScoredRows(new() { TopK = 1 }, 3, 20);
        ScoringArguments.Require(columns, new float[12], default, scores);
        for (int at = 0; at < 12; at++)
        {
            var rows = new float[12];
            rows[at] = float.NaN;
            var error = Assert.Throws<ArgumentException>(() => ScoringArguments.Require(columns, rows, default, scores));
            Assert.StartsWith($"Row {at / 4} is not finite", error.Message, StringComparison.Ordinal);
        }
    }
}
