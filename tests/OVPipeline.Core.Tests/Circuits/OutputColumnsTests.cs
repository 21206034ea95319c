using Xunit;

namespace OVPipeline.Core.Tests;

public class OutputColumnsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Prepared_ManyCallers_IsMadeOnceForEachType()
    {
        var columns = new OutputColumns(TestMatrices.Random(3, 20, seed: 1));
        int made = 0;
        var found = new Made[16];
        Parallel.For(0, found.Length, i => found[i] = columns.Prepared(g => new Made(g, Interlocked.Increment(ref made))));
        Assert.Equal(1, made);
        Assert.All(found, one => Assert.Same(found[0], one));
        Assert.Same(columns.G, found[0].G);
        Assert.Equal("[3, 20]", columns.Prepared(g => g.ToString()));
        Assert.Same(found[0], columns.Prepared(g => new Made(g, 0)));
    }

    [Fact]
    public void Prepared_MakerThatThrows_IsAskedAgain()
    {
        var columns = new OutputColumns(TestMatrices.Random(3, 20, seed: 1));
        Assert.Throws<InvalidOperationException>(() => columns.Prepared<Made>(_ => throw new InvalidOperationException("no room")));
        Assert.Equal(2, columns.Prepared(g => new Made(g, 2)).Number);
    }

    [Fact]
    public void Negate_SharesItsColumns()
    {
        var circuit = ScoringCases.Create("ordinary", 30, 4);
        Assert.Same(circuit.Columns, circuit.Negate().Columns);
        Assert.Same(circuit.G, circuit.Columns.G);
    }

    [Fact]
    public void Score_ColumnsOfNoCircuit_IsTheCircuitsScore()
    {
        var circuit = ScoringCases.Create("ordinary", 90, 5);
        ScoredRows expected = Scores(circuit.Columns), actual = Scores(new(circuit.G));
        Assert.Equal(expected.LabelRanks, actual.LabelRanks);
        Assert.Equal(expected.LabelLogLosses, actual.LabelLogLosses);

        ScoredRows Scores(OutputColumns columns)
        {
            var scores = new ScoredRows(new() { LabelRank = true, LabelLogLoss = true }, 90, 90);
            CpuEngine.Shared.Score(columns, circuit.H.Data, Enumerable.Range(0, 90).ToArray(), scores, Token);
            return scores;
        }
    }

    [Fact]
    public void Construct_NotFiniteOrEmpty_SaysWhat()
    {
        var g = Matrix.Create(3, 20, (k, j) => k == 2 && j == 7 ? float.NaN : 1);
        var infinite = Assert.Throws<ArgumentException>(() => new OutputColumns(g));
        Assert.Contains("row 2 of G is not finite", infinite.Message, StringComparison.Ordinal);
        var empty = Assert.Throws<ArgumentException>(() => new OutputColumns(new(0, 20)));
        Assert.Contains("was [0, 20]", empty.Message, StringComparison.Ordinal);
        var pair = new FactoredMatrix(new Matrix(2, 3), new Matrix(3, 2));
        var error = Assert.Throws<ArgumentException>(() => new TokenCircuit("head 1.4", new Matrix(20, 3), g, pair));
        Assert.Contains("head 1.4: row 2 of G", error.Message, StringComparison.Ordinal);
    }

    private sealed record Made(Matrix G, int Number);
}
