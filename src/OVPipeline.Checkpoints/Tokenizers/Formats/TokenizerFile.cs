using Microsoft.ML.Tokenizers;

namespace OVPipeline.Checkpoints;

/// <summary>A tokenizer's file as read: the tokens that it names, and the tokenizer or why there is none.</summary>
/// <param name="Tokens">Display strings by id.</param>
/// <param name="Tokenizer">The tokenizer, or null where none here would give the reference's ids.</param>
/// <param name="NoTokenizer">Why there is none, a sentence; null where there is one.</param>
internal sealed record TokenizerFile(TokenTable Tokens, Tokenizer? Tokenizer, string? NoTokenizer)
{
    /// <summary>Tokens whose tokenizer is still to be made; what keeps it from being made is kept.</summary>
    public static TokenizerFile Of(TokenTable tokens, Func<Tokenizer> make)
    {
        try
        {
            return new(tokens, make(), null);
        }
        catch (CheckpointException e)
        {
            return new(tokens, null, e.Message);
        }
    }
}
