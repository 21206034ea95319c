using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>How many tokens a circuit copies, by our exact scorer.</summary>
internal static class Copying
{
    /// <summary>Rows among the first so many that are ranked first and among the first five, and rows that were decided beyond single
    /// precision.</summary>
    public static (int Top1, int Top5, int RecheckedRows) Count(TokenCircuit circuit, int rows)
    {
        var scores = Score(circuit, new() { LabelRank = true }, rows);
        return (scores.LabelRanks.Count(rank => rank == 1), scores.LabelRanks.Count(rank => rank <= 5), scores.RecheckedRows);
    }

    /// <summary>The share of tokens that <c>W_E A B W_U</c> ranks first: of all, or of every so many.</summary>
    public static double Accuracy(SyntheticModel model, FactoredMatrix factors, int every = 1)
    {
        var circuit = CircuitOf(model, factors);
        int[] tokens = [.. Enumerable.Range(0, circuit.Vocabulary).Where(token => token % every == 0)];
        var scores = new ScoredRows(new() { LabelRank = true }, tokens.Length, circuit.Vocabulary);
        CpuEngine.Shared.Score(circuit.Columns, circuit.H.SelectRows(tokens).Data, tokens, scores);
        return (double)scores.LabelRanks.Count(rank => rank == 1) / tokens.Length;
    }

    /// <summary>The circuit of a pair of factors.</summary>
    public static TokenCircuit CircuitOf(SyntheticModel model, FactoredMatrix factors) => new($"trained copier, rank {factors.Rank}",
        MatrixProduct.Multiply(model.Embedding, factors.A), MatrixProduct.Multiply(factors.B, model.Unembedding), factors);

    /// <summary>Scores the first rows of a circuit against their own tokens, on the processor where no engine is given.</summary>
    public static ScoredRows Score(TokenCircuit circuit, ScoringOptions options, int rows, IScoringEngine? engine = null)
    {
        var scores = new ScoredRows(options, rows, circuit.Vocabulary);
        (engine ?? CpuEngine.Shared)
            .Score(circuit.Columns, circuit.H.Data.AsMemory(0, rows * circuit.Rank), Enumerable.Range(0, rows).ToArray(), scores);
        return scores;
    }

    /// <summary>The same circuit without the packed columns that an earlier scoring left in it.</summary>
    public static TokenCircuit Unpacked(TokenCircuit circuit) => new(circuit.Name, circuit.H, circuit.G, circuit.Residual);
}
