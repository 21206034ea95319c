namespace OVPipeline.Torch;

/// <summary>What <see cref="BehaviourProbe"/> measures on.</summary>
public sealed record BehaviourOptions
{
    /// <summary>Text for the loss and the previous-token scores; null where there is none.</summary>
    public TextSource? Text { get; init; }

    /// <summary>
    /// Sequences of tokens for the task, its loss and the previous-token scores, beside text or in its place; null where there are none.
    /// Where they have no targets and the model's outputs are its tokens, the next tokens are; where they have, the model predicts those
    /// and no next tokens.
    /// </summary>
    public TokenSequences? Tokens { get; init; }

    /// <summary>
    /// The id with which random sequences start; null for that which all <see cref="Tokens"/> start with, else the model's separator,
    /// else 0.
    /// </summary>
    public int? Start { get; init; }

    /// <summary>Windows of n_ctx tokens at even distances over the text. Default 64.</summary>
    public int Windows { get; init; } = 64;

    /// <summary>Sequences of repeated random tokens. Default 16.</summary>
    public int Sequences { get; init; } = 16;

    /// <summary>
    /// Random tokens that are repeated, at most (n_ctx - 1) / 2. The more there are, the lower an induction score. Default 50, as the
    /// course counts.
    /// </summary>
    public int RepeatedLength { get; init; } = 50;

    /// <summary>
    /// The ids that random tokens are drawn from; null for those that occur in the windows of the text, else in <see cref="Tokens"/>, else
    /// all but the separator.
    /// </summary>
    public IReadOnlyList<int>? RandomTokens { get; init; }

    /// <summary>Sentences that repeat a name. Default 200.</summary>
    public int NameSentences { get; init; } = 200;

    /// <summary>Seed of random tokens and names. Default 1.</summary>
    public int Seed { get; init; } = 1;
}
