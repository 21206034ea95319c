using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>A figure of a row has the same bits whatever else is computed beside it, and whatever rows it stands among.</summary>
public class SameBitsTests
{
    private const int Vocabulary = 333, Rank = 34, Rows = 45;

    public static TheoryData<string> Kinds => [.. ScoringCases.Kinds, "copier"];

    [Theory, MemberData(nameof(Kinds))]
    public void Score_EverySubsetOfOutputs_GivesTheSameBits(string kind)
    {
        var circuit = ScoringCases.Create(kind, Vocabulary, Rank);
        int[] labels = ScoringCases.Labels(Rows, Vocabulary);
        foreach (var width in Enum.GetValues<SimdWidth>())
        {
            var engine = new CpuEngine(1, width);
            var all = Score(engine, circuit, labels, Of(8, ~0));
            foreach (int topK in new[] { 0, 1, 5, 8 })
                for (int outputs = 0; outputs < 8; outputs++)
                    AssertSame($"{kind} {width} top-{topK} {outputs}", all, Score(engine, circuit, labels, Of(topK, outputs)));
            // Losses have their last bits from so many top tokens; all else has not.
            var more = Score(engine, circuit, labels, Of(20, ~0));
            AssertSame($"{kind} {width} top-20", more, Score(engine, circuit, labels, Of(8, 5)));
            for (int outputs = 0; outputs < 8; outputs++)
                AssertSame($"{kind} {width} top-20 {outputs}", more, Score(engine, circuit, labels, Of(20, outputs)));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Score_ProbabilitiesWithoutLabels_HaveTheSameBits(string kind)
    {
        var circuit = ScoringCases.Create(kind, Vocabulary, Rank);
        var labelled = Score(new(1), circuit, ScoringCases.Labels(Rows, Vocabulary), Of(5, ~0));
        AssertSame(kind, labelled, Score(new(1), circuit, [], Of(0, 4)));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Score_OtherWidthsThreadsAndBlocks_GiveTheSameProbabilities(string kind)
    {
        var circuit = ScoringCases.Create(kind, Vocabulary, Rank);
        int[] labels = ScoringCases.Labels(Rows, Vocabulary);
        var all = Score(new(1, SimdWidth.Bits512), circuit, labels, Of(5, 4));
        foreach (var width in Enum.GetValues<SimdWidth>())
            AssertSame($"{kind} {width}", all, Score(new(2, width), circuit, labels, Of(0, 4)));
        var one = new ScoredRows(Of(0, 4), 1, Vocabulary);
        for (int row = 0; row < Rows; row++)
        {
            CpuEngine.Shared.Score(circuit.Columns, circuit.H.Data.AsMemory(row * Rank, Rank), labels.AsMemory(row, 1), one);
            Assert.Equal(Bits(all.Probabilities.AsSpan(row * Vocabulary, Vocabulary)), Bits(one.Probabilities));
        }
    }

    private static ScoringOptions Of(int topK, int outputs) => new()
    {
        TopK = topK,
        LabelRank = (outputs & 1) != 0,
        LabelLogLoss = (outputs & 2) != 0,
        Probabilities = (outputs & 4) != 0,
    };

    private static ScoredRows Score(CpuEngine engine, TokenCircuit circuit, int[] labels, ScoringOptions options)
    {
        var scores = new ScoredRows(options, Rows, circuit.OutputVocabulary);
        engine.Score(circuit.Columns, circuit.H.Data.AsMemory(0, Rows * Rank), labels, scores, TestContext.Current.CancellationToken);
        return scores;
    }

    // Of the second all that it has, as the first has it.
    private static void AssertSame(string what, ScoredRows all, ScoredRows some)
    {
        if (some.LabelRanks.Length > 0)
            Assert.Equal(all.LabelRanks, some.LabelRanks);
        Assert.True(some.LabelLogLosses.Select(BitConverter.DoubleToInt64Bits)
            .SequenceEqual(all.LabelLogLosses.Take(some.LabelLogLosses.Length).Select(BitConverter.DoubleToInt64Bits)), $"{what}: losses");
        Assert.True(Bits(some.Probabilities).SequenceEqual(Bits(all.Probabilities.AsSpan(0, some.Probabilities.Length))),
            $"{what}: probabilities");
        int all20 = all.Options.TopK, topK = some.Options.TopK;
        for (int row = 0; row < Rows && topK > 0; row++)
        {
            int shared = Math.Min(topK, all20);
            Assert.Equal(all.TopTokens.AsSpan(row * all20, shared), some.TopTokens.AsSpan(row * topK, shared));
            Assert.Equal(Bits(all.TopScores.AsSpan(row * all20, shared)), Bits(some.TopScores.AsSpan(row * topK, shared)));
        }
    }

    private static int[] Bits(ReadOnlySpan<float> values)
    {
        var bits = new int[values.Length];
        for (int i = 0; i < bits.Length; i++)
            bits[i] = BitConverter.SingleToInt32Bits(values[i]);
        return bits;
    }
}
