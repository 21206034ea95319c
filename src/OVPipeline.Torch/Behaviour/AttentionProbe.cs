using OVPipeline.Checkpoints;
using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Runs a model on one text for what its heads attend to.</summary>
public static class AttentionProbe
{
    /// <summary>
    /// Encodes a text and runs the model on it. A causal model reads the token that separates documents first, as in training, where its
    /// vocabulary has one.
    /// </summary>
    /// <param name="model">The model, with its tokenizer.</param>
    /// <param name="prompt">The text; a line break is a token of its own where the vocabulary has one.</param>
    /// <exception cref="ArgumentException">The model has no tokenizer, or the text has no token or more than the model reads.</exception>
    /// <exception cref="CheckpointException">The model has no forward pass here.</exception>
    /// <exception cref="TorchUnavailableException">libtorch cannot be loaded.</exception>
    public static PromptAttention Of(TransformerCheckpoint model, string prompt)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompt);
        var ids = Encode(model, prompt);
        using var module = Transformer.FromWeights(model.Weights.Model);
        return Of(module, model.Vocabulary, ids);
    }

    /// <summary>Runs a model on tokens.</summary>
    /// <param name="model">The model's module.</param>
    /// <param name="vocabulary">Its tokens' display strings.</param>
    /// <param name="tokens">The ids, T of them.</param>
    /// <exception cref="ArgumentException">There is none, one is no token of the model, or there are more than n_ctx.</exception>
    public static PromptAttention Of(Transformer model, Vocabulary vocabulary, IReadOnlyList<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Count == 0)
            throw new ArgumentException("A prompt holds at least one token.", nameof(tokens));
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        long[] ids = [.. tokens.Select(id => (long)id)];
        using var pass = model.Run(tensor(ids, 1, ids.Length), ForwardParts.Patterns);
        return new()
        {
            Model = model.Config,
            Ids = [.. tokens],
            Tokens = [.. tokens.Select(id => vocabulary[id])],
            Patterns = [.. model.Config.AllHeads.Select(head =>
                new Matrix(ids.Length, ids.Length, ModuleWeights.Values(pass.Patterns[head.Layer][0, head.Head])))],
        };
    }

    private static List<int> Encode(TransformerCheckpoint model, string prompt)
    {
        if (model.Tokenizer is not { } tokenizer)
            throw new ArgumentException(
                $"{model.Weights.Config.Name} has no tokenizer: {model.NoTokenizer?.TrimEnd('.')}.", nameof(model));
        if (model.Weights.Config.Bidirectional || TextEncoding.TryOf(model) is not { } encoding)
            return [.. tokenizer.EncodeToIds(prompt)];
        List<int> ids = [encoding.Separator];
        foreach (var (i, line) in prompt.ReplaceLineEndings("\n").Split('\n').Index())
        {
            if (i > 0)
                ids.Add(encoding.LineBreak);
            if (line.Length > 0)
                ids.AddRange(encoding.Encode(line));
        }
        return ids;
    }
}
