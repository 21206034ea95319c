namespace OVPipeline.Core;

/// <summary>Placeholder until the kernels land: plain loops.</summary>
public sealed class CpuEngine : IScoringEngine
{
    /// <summary>The engine that is used where none is given.</summary>
    public static CpuEngine Shared { get; } = new();

    /// <inheritdoc/>
    public int PreferredRows => 1536;

    /// <inheritdoc/>
    public void Score(TokenCircuit circuit, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(scores);
        int rank = circuit.Rank, n = rows.Length / rank, vocabulary = circuit.Vocabulary, k = scores.Options.TopK;
        Parallel.For(0, n, new ParallelOptions { CancellationToken = cancellationToken }, i =>
        {
            var row = rows.Span.Slice(i * rank, rank);
            var logits = new double[vocabulary];
            for (int p = 0; p < rank; p++)
                for (int j = 0; j < vocabulary; j++)
                    logits[j] += (double)row[p] * circuit.G[p, j];
            double beta = scores.Options.InverseTemperature, max = logits.Max(), sum = logits.Sum(l => Math.Exp(beta * (l - max)));
            if (k > 0)
            {
                int[] order = [.. Enumerable.Range(0, vocabulary).OrderByDescending(j => logits[j]).ThenBy(j => j).Take(k)];
                for (int q = 0; q < k; q++)
                    (scores.TopTokens[i * k + q], scores.TopScores[i * k + q]) = (order[q], (float)logits[order[q]]);
            }
            int label = labels.Length > 0 ? labels.Span[i] : -1;
            if (scores.Options.LabelRank)
                scores.LabelRanks[i] = label < 0 ? 0 : 1 + Enumerable.Range(0, vocabulary).Count(j => logits[j] > logits[label] || logits[j] == logits[label] && j < label);
            if (scores.Options.LabelLogLoss)
                scores.LabelLogLosses[i] = label < 0 ? double.NaN : Math.Log(sum) + beta * (max - logits[label]);
            if (scores.Options.LogitMoments)
            {
                double mean = logits.Sum(l => l * Math.Exp(beta * (l - max))) / sum;
                (scores.LogitMeans[i], scores.LogitVariances[i]) = (mean, logits.Sum(l => (l - mean) * (l - mean) * Math.Exp(beta * (l - max))) / sum);
            }
            if (scores.Options.Probabilities)
                for (int j = 0; j < vocabulary; j++)
                    scores.Probabilities[i * vocabulary + j] = (float)(Math.Exp(beta * (logits[j] - max)) / sum);
        });
    }
}
