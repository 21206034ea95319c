using Microsoft.ML.Tokenizers;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>A transformer as loaded: its weights and its tokens.</summary>
public sealed class TransformerCheckpoint
{
    /// <summary>A model from parts: weights, and display strings for the rows of W_E.</summary>
    /// <exception cref="ArgumentException">The vocabulary's size is not the number of rows of W_E.</exception>
    public TransformerCheckpoint(TransformerWeights weights, Vocabulary vocabulary, Tokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (vocabulary.Count != weights.Config.Vocabulary)
            throw new ArgumentException($"{weights.Config.Name} has {weights.Config.Vocabulary} rows in W_E, the vocabulary holds {vocabulary.Count} tokens.", nameof(vocabulary));
        (Weights, Vocabulary, Tokenizer) = (weights, vocabulary, tokenizer);
    }

    /// <summary>The weights.</summary>
    public TransformerWeights Weights { get; }

    /// <summary>The tokens' display strings.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>From text to token ids, where the checkpoint has a tokenizer.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="source">A folder with config.json, weights and tokenizer.</param>
    /// <exception cref="CheckpointException">It cannot be used; the message says why.</exception>
    public static TransformerCheckpoint Load(string source) => throw new NotImplementedException();
}
