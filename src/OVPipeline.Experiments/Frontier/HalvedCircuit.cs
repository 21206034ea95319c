using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A circuit as the sum of two of half its rank, each within a norm of its own.</summary>
internal static class HalvedCircuit
{
    /// <summary>
    /// Deals singular values out, the largest first, each to the half that has more of its norm left, and scales both so that they fit.
    /// </summary>
    /// <param name="circuit">The circuit, of a rank of two or more.</param>
    /// <param name="half">The most rank of a half.</param>
    /// <param name="first">The norm of one half.</param>
    /// <param name="second">The norm of the other.</param>
    public static (FactoredMatrix First, FactoredMatrix Second) Of(FactoredMatrix circuit, int half, double first, double second)
    {
        int rank = Math.Min(2 * half, circuit.Rank);
        var balanced = circuit.Truncate(rank);
        var values = circuit.SingularValues();
        List<int>[] dealt = [[], []];
        double[] left = [first * first, second * second];
        for (int k = 0; k < rank; k++)
        {
            int side = dealt[0].Count < half && (dealt[1].Count == half || left[0] >= left[1]) ? 0 : 1;
            dealt[side].Add(k);
            left[side] -= k < values.Count ? values[k] * values[k] : 0;
        }
        FactoredMatrix[] halves = [.. dealt.Select(own => Part(balanced, own))];
        double scale = Math.Min(first / halves[0].FrobeniusNorm(), second / halves[1].FrobeniusNorm());
        return (Scaled(halves[0], scale), Scaled(halves[1], scale));
    }

    /// <summary>A circuit times a number.</summary>
    public static FactoredMatrix Scaled(FactoredMatrix circuit, double scale) => new(
        Matrix.Create(circuit.A.Rows, circuit.A.Columns, (i, j) => (float)(scale * circuit.A[i, j])), circuit.B);

    private static FactoredMatrix Part(FactoredMatrix circuit, List<int> own) => new(
        Matrix.Create(circuit.Rows, own.Count, (i, j) => circuit.A[i, own[j]]),
        Matrix.Create(own.Count, circuit.Columns, (i, j) => circuit.B[own[i], j]));
}
