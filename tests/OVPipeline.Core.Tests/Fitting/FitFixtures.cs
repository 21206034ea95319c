namespace OVPipeline.Core.Tests;

/// <summary>Small embeddings to fit on, and what a fit means, computed the slow way in double precision.</summary>
internal static class FitFixtures
{
    /// <summary>W_E [V, d] and W_U [d, V] that share a part of each token's vector.</summary>
    public static (Matrix Embedding, Matrix Unembedding) Embeddings(int vocabulary, int width, int seed = 1, double noise = 0.5)
    {
        Matrix embedding = TestMatrices.Random(vocabulary, width, seed), other = TestMatrices.Random(vocabulary, width, seed + 1000);
        return (embedding, Matrix.Create(width, vocabulary, (k, j) => (float)(embedding[j, k] + noise * other[j, k])));
    }

    /// <summary>Weighted mean log-loss and accuracy of the examples over the whole vocabulary.</summary>
    public static (double LogLoss, double Accuracy) Figures(
        Matrix embedding, Matrix unembedding, FitExamples examples, FactoredMatrix residual)
    {
        double loss = 0, correct = 0, total = 0;
        for (int i = 0; i < examples.Tokens.Length; i++)
        {
            double weight = examples.Weights?[i] ?? 1;
            double[] logits = Logits(embedding.Row(examples.Tokens[i]), residual.A, residual.B, unembedding);
            int label = examples.Labels[i];
            loss += weight * (Math.Log(logits.Sum(l => Math.Exp(l - logits.Max()))) + logits.Max() - logits[label]);
            correct += logits.Index().All(l => l.Index == label || l.Item < logits[label] || l.Item == logits[label] && l.Index > label)
                ? weight
                : 0;
            total += weight;
        }
        return (loss / total, correct / total);
    }

    /// <summary>A row of <c>x A B W_U</c>.</summary>
    public static double[] Logits(ReadOnlySpan<float> source, Matrix a, Matrix b, Matrix unembedding)
    {
        var inner = new double[a.Columns];
        for (int i = 0; i < a.Rows; i++)
            for (int k = 0; k < inner.Length; k++)
                inner[k] += (double)source[i] * a[i, k];
        var middle = new double[b.Columns];
        for (int k = 0; k < inner.Length; k++)
            for (int i = 0; i < middle.Length; i++)
                middle[i] += inner[k] * b[k, i];
        var logits = new double[unembedding.Columns];
        for (int i = 0; i < middle.Length; i++)
            for (int j = 0; j < logits.Length; j++)
                logits[j] += middle[i] * unembedding[i, j];
        return logits;
    }
}
