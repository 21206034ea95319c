using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>
/// Embeddings as hard to copy through a low-rank pair as a trained model's: a falling spectrum, a common mean, lengths that vary, half
/// of the tokens near another token, some of them very near, and an unembedding that agrees with the embedding up to noise.
/// </summary>
/// <param name="Embedding">W_E [V, d_model].</param>
/// <param name="Unembedding">W_U [d_model, V].</param>
internal sealed record SyntheticModel(Matrix Embedding, Matrix Unembedding)
{
    private const double Near = 0.55, VeryNear = 0.8, Mean = 0.5, EmbeddingLengths = 0.2, UnembeddingLengths = 0.15;
    private const int VeryNearShare = 20, ShortEvery = 331, ShortFirst = 7;
    private const float ShortLength = 0.1f;

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">V.</param>
    /// <param name="width">d_model.</param>
    /// <param name="noise">Share of the unembedding's standard deviation that is not the embedding's, in [0, 1): the difficulty.</param>
    /// <param name="seed">Seed of everything.</param>
    public static SyntheticModel Create(int vocabulary, int width, double noise, int seed)
    {
        float[] spectrum = [.. Enumerable.Range(0, width).Select(j => 1 / MathF.Sqrt(1 + j / 20f))];
        float[] embeddingMean = MeanOf(spectrum, seed, 5), unembeddingMean = MeanOf(spectrum, seed, 6);
        var rotation = SyntheticMatrix.Rotation(width, seed, 7);
        float shared = (float)Math.Sqrt(1 - noise * noise);
        var embedding = SyntheticMatrix.Of(vocabulary, width, (row, values) =>
        {
            FillToken(vocabulary, row, values, seed);
            var gaussian = new Gaussian(seed, 8, row);
            float length = MathF.Exp((float)EmbeddingLengths * gaussian.Draw()), size = row % ShortEvery == ShortFirst ? ShortLength : 1;
            for (int j = 0; j < values.Length; j++)
                values[j] = (values[j] * spectrum[j] * size + embeddingMean[j]) * length;
        });
        var outputs = SyntheticMatrix.Of(vocabulary, width, (row, values) =>
        {
            FillToken(vocabulary, row, values, seed);
            var gaussian = new Gaussian(seed, 9, row);
            float length = MathF.Exp((float)UnembeddingLengths * gaussian.Draw());
            for (int j = 0; j < values.Length; j++)
                values[j] = ((shared * values[j] + (float)noise * gaussian.Draw()) * spectrum[j] + unembeddingMean[j]) * length;
        });
        return new(MatrixProduct.Multiply(embedding, rotation), MatrixProduct.MultiplyTranspose(rotation.Transpose(), outputs));
    }

    // Tokens of the second half resemble one of the first half; the last twentieth of all tokens resembles it closely.
    private static void FillToken(int vocabulary, int row, Span<float> values, int seed)
    {
        int half = vocabulary / 2;
        var own = new Gaussian(seed, 10, row);
        if (row < half)
        {
            foreach (ref float value in values)
                value = own.Draw();
            return;
        }
        var parent = new Gaussian(seed, 10, (int)(new Gaussian(seed, 11, row).Uniform() * half));
        float near = (float)(row >= vocabulary - vocabulary / VeryNearShare ? VeryNear : Near), rest = MathF.Sqrt(1 - near * near);
        foreach (ref float value in values)
            value = near * parent.Draw() + rest * own.Draw();
    }

    private static float[] MeanOf(float[] spectrum, int seed, int stream)
    {
        var gaussian = new Gaussian(seed, stream, 0);
        return [.. spectrum.Select(s => (float)Mean * s * gaussian.Draw())];
    }
}
