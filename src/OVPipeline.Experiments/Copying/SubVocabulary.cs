using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A model that knows some of its tokens only: no row and no column of the others reaches a loss.</summary>
public static class SubVocabulary
{
    /// <summary>
    /// The model of some tokens: W_E [n, d_model] and W_U [d_model, n] of these, in the order given, and no heads. What is fitted on it is
    /// a circuit in the residual stream, which <see cref="TokenCircuit.FromResidual"/> takes back to the whole vocabulary.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">The 0-based tokens that it is to know.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not one of the model's.</exception>
    /// <exception cref="InvalidOperationException">The model's outputs are not its tokens.</exception>
    public static TransformerCheckpoint Of(TransformerCheckpoint model, IReadOnlyList<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        model.Weights.Config.RequireCopying();
        if (tokens.Count == 0)
            throw new ArgumentException("A model of no tokens has no circuits.", nameof(tokens));
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(token, nameof(tokens));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, model.Vocabulary.Count, nameof(tokens));
        }
        var config = model.Weights.Config with { Vocabulary = tokens.Count };
        var embedding = model.Weights.W_E;
        var unembedding = model.Weights.W_U;
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, embedding.SelectRows([.. tokens]));
        weights.Set(WeightKind.W_U, Matrix.Create(unembedding.Rows, tokens.Count, (row, i) => unembedding[row, tokens[i]]));
        var vocabulary = new Vocabulary([.. tokens.Select(token => model.Vocabulary[token])]);
        return new(new TransformerWeights(config, weights, model.Weights.Processing), vocabulary);
    }
}
