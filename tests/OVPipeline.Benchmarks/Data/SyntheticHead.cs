using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>
/// An ordinary head: a circuit that copies in part, of embeddings whose lengths vary and whose two sides agree in part. The residual
/// factors are those that made it.
/// </summary>
internal static class SyntheticHead
{
    private const double EmbeddingLengths = 0.25, UnembeddingLengths = 0.2, UnembeddingNoise = 0.7, OutputNoise = 0.12;

    public static TokenCircuit Create(int vocabulary, int width, int rank, int seed)
    {
        var embedding = SyntheticMatrix.Of(vocabulary, width, (row, values) => FillEmbedding(row, values, seed));
        var unembedding = SyntheticMatrix.Of(vocabulary, width, (row, values) =>
        {
            FillEmbedding(row, values, seed);
            var gaussian = new Gaussian(seed, 2, row);
            float length = MathF.Exp((float)UnembeddingLengths * gaussian.Draw());
            foreach (ref float value in values)
                value = (value + (float)UnembeddingNoise * gaussian.Draw()) * length;
        });
        double scale = 1 / Math.Sqrt(rank);
        var a = SyntheticMatrix.Normal(width, rank, scale, seed, 3);
        var noise = SyntheticMatrix.Normal(width, rank, OutputNoise * scale, seed, 4);
        var b = Matrix.Create(rank, width, (i, j) => a[j, i] + noise[j, i]);
        return new($"ordinary head, rank {rank}", MatrixProduct.Multiply(embedding, a), MatrixProduct.MultiplyTranspose(b, unembedding),
            new(a, b));
    }

    private static void FillEmbedding(int row, Span<float> values, int seed)
    {
        var gaussian = new Gaussian(seed, 1, row);
        float length = MathF.Exp((float)EmbeddingLengths * gaussian.Draw());
        foreach (ref float value in values)
            value = gaussian.Draw() * length;
    }
}
