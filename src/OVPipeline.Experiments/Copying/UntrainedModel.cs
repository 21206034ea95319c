using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A model of the same shape whose weights are Gaussian noise, each as large as the trained one (root mean square).</summary>
public static class UntrainedModel
{
    /// <summary>
    /// The model: W_E [V, d_model] and W_U [d_model, V_out], and of each head W_V [d_model, d_value] and W_O [d_value, d_model]; nothing
    /// else, so that it has OV circuits and no forward pass. Its tokens are the model's.
    /// </summary>
    /// <param name="model">The model whose shape and scale it has.</param>
    /// <param name="seed">Seed of the noise: the same seed gives the same weights.</param>
    public static TransformerCheckpoint Like(TransformerCheckpoint model, int seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        var random = new Random(seed);
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, Noise(model.Weights.W_E));
        weights.Set(WeightKind.W_U, Noise(model.Weights.W_U));
        foreach (var head in model.Weights.Config.AllHeads)
        {
            weights.Set(WeightKind.W_V, head, Noise(model.Weights.W_V(head)));
            weights.Set(WeightKind.W_O, head, Noise(model.Weights.W_O(head)));
        }
        return new(new TransformerWeights(model.Weights.Config, weights), model.Vocabulary) { OutputVocabulary = model.OutputVocabulary };

        Matrix Noise(Matrix like)
        {
            double squares = 0;
            foreach (float value in like.Values)
                squares += value * (double)value;
            double scale = Math.Sqrt(squares / like.Values.Length);
            return GaussianNoise.Create(random, like.Rows, like.Columns, scale);
        }
    }
}
