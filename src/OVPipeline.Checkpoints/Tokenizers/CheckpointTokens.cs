using Microsoft.ML.Tokenizers;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>The tokens of a checkpoint.</summary>
/// <param name="Vocabulary">Display strings, one for each row of W_E.</param>
/// <param name="Tokenizer">The tokenizer, or null where none here would give the reference's ids.</param>
/// <param name="NoTokenizer">Why there is none, a sentence; null where there is one.</param>
internal sealed record CheckpointTokens(Vocabulary Vocabulary, Tokenizer? Tokenizer, string? NoTokenizer);
