namespace OVPipeline.Core.Tests;

/// <summary>Circuits for scoring tests, from ordinary ones to those made to break a kernel.</summary>
internal static class ScoringCases
{
    public static readonly string[] Kinds =
        ["ordinary", "integers", "near ties", "duplicates", "zeros", "large", "huge", "tiny", "offset", "parallel", "cancelling"];

    public static TokenCircuit Create(string kind, int vocabulary, int rank, int seed = 1)
    {
        Matrix h = TestMatrices.Random(vocabulary, rank, seed), g = TestMatrices.Random(rank, vocabulary, seed + 1);
        var random = new Random(seed);
        Matrix Map(Matrix m, Func<float, float> value) => Matrix.Create(m.Rows, m.Columns, (i, j) => value(m[i, j]));
        switch (kind)
        {
            case "integers": // exact ties of different columns
                (h, g) = (Map(h, x => MathF.Round(x)), Map(g, x => MathF.Round(x)));
                break;
            case "near ties": // columns that differ by a unit in the last place here and there
                int[] sources = [.. Enumerable.Range(0, vocabulary).Select(j => j % Math.Max(1, vocabulary / 8))];
                var original = g;
                g = Matrix.Create(rank, vocabulary,
                    (k, j) => random.Next(rank) == 0 ? MathF.BitIncrement(original[k, sources[j]]) : original[k, sources[j]]);
                break;
            case "duplicates":
                var few = g;
                g = Matrix.Create(rank, vocabulary, (k, j) => few[k, j % 3]);
                break;
            case "zeros":
                Matrix h0 = h, g0 = g;
                h = Matrix.Create(vocabulary, rank, (i, k) => i % 3 == 0 ? 0 : h0[i, k]);
                g = Matrix.Create(rank, vocabulary, (k, j) => j % 4 == 0 ? 0 : g0[k, j]);
                break;
            case "large":
                (h, g) = (Map(h, x => x * 1000), Map(g, x => x * 300));
                break;
            case "huge": // logits beyond single precision
                (h, g) = (Map(h, x => x * 1e30f), Map(g, x => x * 1e25f));
                break;
            case "tiny": // products below the smallest single-precision number
                (h, g) = (Map(h, x => x * 1e-24f), Map(g, x => x * 1e-20f));
                break;
            case "copier": // the label's logit stands well above most others, and columns differ in length
                Matrix source = h, noise = g;
                g = Matrix.Create(rank, vocabulary, (k, j) => (source[j, k] + 0.2f * noise[k, j]) * (1 + 0.2f * (j % 5)));
                break;
            case "parallel":
                (h, g) = Parallel(vocabulary, rank);
                break;
            case "cancelling":
                (h, g) = Cancelling(h, g);
                break;
            case "offset": // a large common part, so that logits differ only in their last digits
                var plain = g;
                g = Matrix.Create(rank, vocabulary, (k, j) => 3000 + plain[k, j] * 1e-3f);
                break;
        }
        return Of(h, g);
    }

    // Rows and columns of one direction, columns a unit in the last place apart: Cauchy and Schwarz's bound is met, and single precision
    // cannot tell the columns from each other.
    private static (Matrix H, Matrix G) Parallel(int vocabulary, int rank)
    {
        float Longer(int steps) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(0.3f) + steps);
        return (Matrix.Create(vocabulary, rank, (i, _) => 1 + i % 3), Matrix.Create(rank, vocabulary, (_, j) => Longer(j * 7 % 11)));
    }

    // Large products that cancel in pairs, beside a small last one that decides. Each of the pair is far larger than the last one's 2^53
    // times, so a sum of doubles loses it.
    private static (Matrix H, Matrix G) Cancelling(Matrix h, Matrix g)
    {
        const float Large = 1L << 40;
        int pairs = (h.Columns - 1) / 2, last = h.Columns - 1;
        float Row(int i, int k) => k < 2 * pairs ? Large * (1 + h[i, k / 2 * 2]) : 1;
        float Column(int k, int j) => k < 2 * pairs ? Large * (1 - k % 2 * 2) * (1 + g[k / 2, 0]) : MathF.Round(4 * g[last, j]);
        return (Matrix.Create(h.Rows, h.Columns, Row), Matrix.Create(g.Rows, g.Columns, Column));
    }

    /// <summary>A circuit from factors; the residual pair is beside the point.</summary>
    public static TokenCircuit Of(Matrix h, Matrix g) =>
        new("test", h, g, new FactoredMatrix(new Matrix(1, h.Columns), new Matrix(h.Columns, 1)));

    /// <summary>Labels other than the diagonal, some rows without one.</summary>
    public static int[] Labels(int count, int vocabulary) =>
        [.. Enumerable.Range(0, count).Select(i => i % 7 == 3 ? -1 : i % 2 == 0 ? i % vocabulary : (i * 31 + 5) % vocabulary)];
}
