using Xunit;

namespace OVPipeline.Core.Tests;

public class TokenScoringTests
{
    private static readonly ScoringOptions Options = new() { TopK = 3, LabelRank = true, LabelLogLoss = true, LogitMoments = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void ScoreVocabulary_SeveralBlocks_IsOneWholeScoring()
    {
        var circuit = ScoringCases.Create("near ties", 2000, 9);
        var engine = new CpuEngine(1);
        var reports = new List<ScoringProgress>();
        var blocks = engine.ScoreVocabulary(circuit, Options, new Recorder(reports), Token);
        var whole = new ScoredRows(Options, 2000, 2000);
        engine.Score(circuit.Columns, circuit.H.Data, Enumerable.Range(0, 2000).ToArray(), whole, Token);
        Assert.Equal(whole.TopTokens, blocks.TopTokens);
        Assert.Equal(whole.TopScores, blocks.TopScores);
        Assert.Equal(whole.LabelRanks, blocks.LabelRanks);
        Assert.Equal(whole.LabelLogLosses, blocks.LabelLogLosses);
        Assert.Equal(whole.LogitMeans, blocks.LogitMeans);
        Assert.Equal(whole.LogitVariances, blocks.LogitVariances);
        Assert.Equal(whole.RecheckedRows, blocks.RecheckedRows);
        Assert.Equal([768, 1536, 2000], reports.Select(r => r.Rows));
    }

    [Fact]
    public void ScoreTokens_ChosenTokens_AreThoseRows()
    {
        var circuit = ScoringCases.Create("ordinary", 100, 9);
        var all = CpuEngine.Shared.ScoreVocabulary(circuit, Options, cancellationToken: Token);
        var some = CpuEngine.Shared.ScoreTokens(circuit, [7, 99, 7, 0], [7, 99, 7, 0], Options, cancellationToken: Token);
        Assert.Equal(new[] { 7, 99, 7, 0 }.Select(t => all.LabelRanks[t]), some.LabelRanks);
        Assert.Equal(all.TopTokens[297..300], some.TopTokens[3..6]);
        Assert.Empty(CpuEngine.Shared.ScoreTokens(circuit, [], [], Options, cancellationToken: Token).LabelRanks);
    }

    [Fact]
    public void ScoreTokens_BadArguments_Throw()
    {
        var circuit = ScoringCases.Create("ordinary", 100, 9);
        Assert.Throws<ArgumentException>(
            () => CpuEngine.Shared.ScoreTokens(circuit, [1], [1], new() { Probabilities = true }, cancellationToken: Token));
        Assert.Throws<ArgumentException>(() => CpuEngine.Shared.ScoreTokens(circuit, [1], [1, 2], Options, cancellationToken: Token));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => CpuEngine.Shared.ScoreTokens(circuit, [100], [1], Options, cancellationToken: Token));
        Assert.ThrowsAny<OperationCanceledException>(
            () => CpuEngine.Shared.ScoreVocabulary(circuit, Options, cancellationToken: new(canceled: true)));
    }

    private sealed class Recorder(List<ScoringProgress> reports) : IProgress<ScoringProgress>
    {
        public void Report(ScoringProgress value) => reports.Add(value);
    }
}
