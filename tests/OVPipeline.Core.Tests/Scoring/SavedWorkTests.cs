using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Where bounds are met with equality: nothing that matters is left out, and what is just too short is.</summary>
public class SavedWorkTests
{
    private const int Depth = 32;

    // More than a group of panels at the greatest width: 16 panels of 48 columns.
    private const int GroupColumns = 16 * 48;

    public static TheoryData<int> Widths => [.. Enum.GetValues<SimdWidth>().Cast<int>()];

    [Theory, MemberData(nameof(Widths))]
    public void Score_GroupThatReachesTheLabelByItsLastBit_IsNotLeftOut(int width)
    {
        // Columns of one direction, row by row the longest of its group at Cauchy and Schwarz's bound. After the label's group, of columns
        // that are longer and far from the row, one column exceeds the label by a bit.
        float label = 0.5f, above = MathF.BitIncrement(label);
        var circuit = Circuit(2 * GroupColumns, (k, j) => j switch
        {
            < GroupColumns => k % 2 == 0 ? 0.6f : -0.6f,
            GroupColumns => above,
            GroupColumns + 1 => label,
            _ => 0.1f,
        });
        foreach (var saved in Enum.GetValues<SavedWork>())
        {
            var scores = Score(circuit, GroupColumns + 1, (SimdWidth)width, saved);
            Assert.All(scores.LabelRanks, rank => Assert.Equal(2, rank));
        }
    }

    [Theory, MemberData(nameof(Widths))]
    public void Score_GroupsThatFallJustShortOfTheLabel_AreLeftOut(int width)
    {
        // Wake is 16 less single precision's error, 1.6e-5; these groups' bound is 16 less 2.4e-5. Whoever adds the error once more sums
        // them. Without fused multiply-add both are twice that.
        const float Label = 0.5f;
        float less = (SimdWidth)width == SimdWidth.Bits128Unfused ? 3e-6f : 1.5e-6f;
        var circuit = Circuit(4 * GroupColumns, (_, j) => j < GroupColumns ? Label : Label * (1 - less));
        var all = Score(circuit, 3, (SimdWidth)width, SavedWork.None);
        var saved = Score(circuit, 3, (SimdWidth)width, SavedWork.Panels);
        Assert.All(all.LabelRanks.Concat(saved.LabelRanks), rank => Assert.Equal(4, rank));
        Assert.Equal(1, all.ComputedShare);
        Assert.Equal(0.25, saved.ComputedShare, 1e-9);
    }

    private static TokenCircuit Circuit(int vocabulary, Func<int, int, float> column) =>
        ScoringCases.Of(Matrix.Create(vocabulary, Depth, (_, _) => 1), Matrix.Create(Depth, vocabulary, column));

    private static ScoredRows Score(TokenCircuit circuit, int label, SimdWidth width, SavedWork saved)
    {
        const int Rows = 8;
        var scores = new ScoredRows(new() { LabelRank = true }, Rows, circuit.Vocabulary);
        var engine = new CpuEngine(1, width) { SavedWork = saved };
        int[] labels = [.. Enumerable.Repeat(label, Rows)];
        engine.Score(circuit.Columns, circuit.H.Data.AsMemory(0, Rows * Depth), labels, scores, TestContext.Current.CancellationToken);
        return scores;
    }
}
