using Xunit;

namespace OVPipeline.Core.Tests.Scoring;

/// <summary>Columns whose order double precision gets wrong: only the exact sum tells.</summary>
public sealed class ExactOrderTests
{
    // 2^60 + 1 - 2^60 is 1, and 0 in double precision, where 1/2 stays 1/2: the second column seems to come first, and does not.
    [Theory, InlineData(0, 1), InlineData(1, 0)]
    public void Score_TermsThatCancel_GivesTheExactOrder(int cancels, int plain)
    {
        const float Large = 1 << 30;
        float[,] columns = new float[4, 3];
        (columns[0, cancels], columns[1, cancels], columns[2, cancels]) = (Large, 1, -Large);
        columns[1, plain] = 0.5f;
        var matrix = Matrix.Create(4, 3, (row, column) => columns[row, column]);
        float[] source = [Large, 1, Large, 1];
        var circuit = ScoringCases.Of(Matrix.Create(3, 4, (_, column) => source[column]), matrix);
        var scores = new ScoredRows(new() { TopK = 2, LabelRank = true }, 2, 3);
        float[] rows = [.. source, .. source];
        int[] labels = [cancels, plain];
        CpuEngine.Shared.Score(circuit.Columns, rows, labels, scores, TestContext.Current.CancellationToken);
        Assert.Equal([cancels, plain, cancels, plain], scores.TopTokens.Take(4));
        Assert.Equal([1, 2], scores.LabelRanks.Take(2));
    }
}
