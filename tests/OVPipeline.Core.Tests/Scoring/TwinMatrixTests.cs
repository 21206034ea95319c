using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>
/// Every output alone, at every width, with every saving and at several thread counts, against logits in exact arithmetic. Each output has
/// to stand alone, as the softmax turns savings off.
/// </summary>
public class TwinMatrixTests
{
    private static readonly ScoringOptions[] Ranking =
        [new() { LabelRank = true }, new() { TopK = 6 }, new() { TopK = 6, LabelRank = true }];

    private static readonly ScoringOptions[] Softmax =
    [
        new() { LabelLogLoss = true },
        new() { LogitMoments = true },
        new() { Probabilities = true },
        new() { LabelRank = true, LabelLogLoss = true },
    ];

    public static TheoryData<string> Kinds => [.. ScoringCases.Kinds, "copier"];

    [Theory, MemberData(nameof(Kinds))]
    public void Score_EachOutputAlone_IsTheExactTwins(string kind)
    {
        foreach (var (vocabulary, rank) in new[] { (60, 3), (333, 34) })
        {
            var circuit = ScoringCases.Create(kind, vocabulary, rank);
            AssertTwins($"{kind} V {vocabulary} r {rank}", circuit, ScoringCases.Labels(41, vocabulary), Ranking);
            AssertTwins($"{kind} V {vocabulary} r {rank}", circuit, ScoringCases.Labels(13, vocabulary), Softmax);
        }
    }

    [Theory]
    [InlineData(60, false, 20.0)] // what rounding changes in the row, times the column
    [InlineData(32, false, 30.0)]
    [InlineData(60, true, 20.51)] // the row, times what rounding changes in the column
    [InlineData(40, true, 30.7)]
    [InlineData(60, false, 20.51)] // and what rounding changes in both
    [InlineData(60, false, 1.51)]
    public void Score_ByteSumsAsFarOffAsTheyCanBe_CountsTheColumnBeforeTheLabel(int depth, bool isRowExact, double column)
    {
        var circuit = RoundingResidual.Create(depth, isRowExact, column);
        int[] labels = [.. Enumerable.Repeat(RoundingResidual.Label, 8)];
        AssertTwins($"residual r {depth} {isRowExact} {column}", circuit, labels, Ranking);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(32)]
    public void Score_RowsAndColumnsRoundedApart_CountsEveryColumnBeforeTheLabel(int depth)
    {
        // Rows of ones and columns of minus ones are both rounded away from zero, so all terms of the bound are met with at once.
        const int Vocabulary = 96;
        var rows = Matrix.Create(Vocabulary, depth, (_, _) => 1);
        var circuit = ScoringCases.Of(rows, Matrix.Create(depth, Vocabulary, (_, j) => j * 1e-6f - 1));
        AssertTwins($"opposed r {depth}", circuit, new int[8], Ranking);
    }

    private static void AssertTwins(string what, TokenCircuit circuit, int[] labels, ScoringOptions[] outputs)
    {
        var twins = labels.Select((_, i) => new ExactTwin(circuit.H.Row(i), circuit.G)).ToArray();
        var rows = circuit.H.Data.AsMemory(0, labels.Length * circuit.Rank);
        foreach (var options in outputs)
            foreach (var width in Enum.GetValues<SimdWidth>())
                foreach (var savings in Enum.GetValues<SavedWork>())
                    foreach (int threads in new[] { 1, 2, 5 })
                    {
                        var scores = new ScoredRows(options, labels.Length, circuit.Vocabulary);
                        var engine = new CpuEngine(threads, width) { SavedWork = savings };
                        engine.Score(circuit.Columns, rows, labels, scores, TestContext.Current.CancellationToken);
                        Twins.AssertEqual($"{what} {width} {savings} {threads}", twins, labels, scores);
                    }
    }
}
