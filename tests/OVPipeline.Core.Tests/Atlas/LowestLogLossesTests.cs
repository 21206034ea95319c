using Xunit;

namespace OVPipeline.Core.Tests.Atlas;

public class LowestLogLossesTests
{
    public static TheoryData<string> Kinds => [.. ScoringCases.Kinds, "copier"];

    [Theory, MemberData(nameof(Kinds))]
    public void Of_AnyCircuit_AreThoseOfAllLosses(string kind)
    {
        var circuit = ScoringCases.Create(kind, 700, 12);
        var all = CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true, LabelLogLoss = true });
        var expected = all.LabelLogLosses.Select((loss, token) => (token, loss)).OrderBy(one => one.loss).ThenBy(one => one.token);
        foreach (int count in new[] { 0, 1, 10, 700, 701 })
            Assert.Equal(expected.Take(count), LowestLogLosses.Of(CpuEngine.Shared, circuit, all.LabelRanks, count, default));
    }

    [Fact]
    public void Of_HundredsWhoseBoundsAreLowerThanTheirLosses_GoesOnToTheOneThatIsLowest()
    {
        // Of rank 1: as many tokens as are taken at first have bounds of log V - 0.3 and losses of log V + 0.15, one has a row of zeros,
        // whose loss is log V, and all others' own logits are low.
        const int Vocabulary = 2000, Zero = 1999;
        float Column(int token) => token < 256 ? 0.3f : token < 256 + 834 ? 1.03f : -1.03f;
        float Row(int token) => token < 256 ? 1 : token == Zero ? 0 : -2 * MathF.Sign(Column(token));
        var circuit = ScoringCases.Of(Matrix.Create(Vocabulary, 1, (i, _) => Row(i)), Matrix.Create(1, Vocabulary, (_, j) => Column(j)));
        int[] ranks = CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true }).LabelRanks;

        var (token, loss) = Assert.Single(LowestLogLosses.Of(CpuEngine.Shared, circuit, ranks, 1, default));

        Assert.Equal((Zero, Math.Log(Vocabulary)), (token, loss));
    }

    [Theory]
    [InlineData(0.02f)] // all losses are near log V, and Jensen's bound tells which are below
    [InlineData(40)] // few tokens are ranked first, and the others' ranks tell that their losses are higher
    public void Of_WeakOrStrongLogits_TakesFewTokens(float scale)
    {
        var ordinary = ScoringCases.Create("copier", 6000, 12);
        var circuit = ScoringCases.Of(ordinary.H, Matrix.Create(12, 6000, (k, j) => ordinary.G[k, j] * scale * (j % 50 == 0 ? 1 : -0.1f)));
        int[] ranks = CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true }).LabelRanks;
        var engine = new CountingEngine();

        LowestLogLosses.Of(engine, circuit, ranks, 5, default);

        Assert.InRange(engine.Rows, 5, 2000);
    }

    private sealed class CountingEngine : IScoringEngine
    {
        public int Rows { get; private set; }

        public int PreferredRows => CpuEngine.Shared.PreferredRows;

        public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
            CancellationToken cancellationToken = default)
        {
            Rows += labels.Length;
            CpuEngine.Shared.Score(columns, rows, labels, scores, cancellationToken);
        }
    }
}
