using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Goes on with a text, token by token.</summary>
public static class TokenGeneration
{
    /// <summary>
    /// The tokens that a model goes on with, each as soon as it is there. Keys and values of earlier positions are kept, so that a token
    /// costs one position; the tokens are those of passes without.
    /// </summary>
    /// <param name="model">A causal model that predicts its tokens.</param>
    /// <param name="prompt">Token ids to go on from, at least one.</param>
    /// <param name="options">How many tokens, and how they are chosen; null for the defaults.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    /// <exception cref="ArgumentException">
    /// The model is no such model; the prompt is empty, or too long for the model's positions.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">An option cannot be, or a token is beyond the vocabulary.</exception>
    /// <exception cref="InsufficientMemoryException">There is too little memory for keys and values; says how much is needed.</exception>
    /// <exception cref="NotFiniteNumberException">Logits are not finite.</exception>
    public static IEnumerable<int> Generate(
        this Transformer model,
        IReadOnlyList<int> prompt,
        GenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompt);
        options ??= new();
        options.Validate();
        var config = model.Config;
        ModelShape.RequireNextTokens(config);
        if (config.Bidirectional)
            throw new ArgumentException($"{config.Name} attends in both directions: it does not go on with a text.", nameof(model));
        if (prompt.Count == 0)
            throw new ArgumentException("A prompt has at least one token.", nameof(prompt));
        int positions = prompt.Count + options.MaxTokens - 1; // the last token is not read
        if (config.Context > 0 && positions > config.Context)
            throw new ArgumentException(
                $"{prompt.Count} tokens and {options.MaxTokens} more are more than the {config.Context} positions of {config.Name}.",
                nameof(prompt));
        return Tokens(model, [.. prompt.Select(token => (long)token)], options, positions, cancellationToken);
    }

    private static IEnumerable<int> Tokens(
        Transformer model,
        long[] prompt,
        GenerationOptions options,
        int positions,
        CancellationToken cancellationToken)
    {
        using var pass = new CachedPass(model, positions);
        var choice = new TokenChoice(options);
        long[] next = prompt;
        for (int count = 0; count < options.MaxTokens; count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int token = choice.Of(pass.Logits(next));
            yield return token;
            if (options.StopTokens.Contains(token))
                yield break;
            next = [token];
        }
    }
}
