using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A model that knows some of its tokens only: no row and no column of the others reaches a loss.</summary>
internal static class SubVocabulary
{
    public static TransformerCheckpoint Of(TransformerCheckpoint model, IReadOnlyList<int> tokens)
    {
        var config = model.Weights.Config with { Vocabulary = tokens.Count };
        Matrix embedding = model.Weights.W_E, unembedding = model.Weights.W_U;
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, embedding.SelectRows([.. tokens]));
        weights.Set(WeightKind.W_U, Matrix.Create(unembedding.Rows, tokens.Count, (row, i) => unembedding[row, tokens[i]]));
        return new(new TransformerWeights(config, weights, model.Weights.Processing), new Vocabulary([.. tokens.Select(token => model.Vocabulary[token])]));
    }
}
