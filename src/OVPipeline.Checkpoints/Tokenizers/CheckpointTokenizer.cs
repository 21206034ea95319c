using Microsoft.ML.Tokenizers;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The tokens of a model folder. The first of these is used: <c>tokenizer.json</c>; <c>tokenizer.model</c>, <c>spiece.model</c>
/// (SentencePiece); <c>vocab.json</c> with <c>merges.txt</c>; <c>vocab.txt</c>. What is wrong with it, or not known here, never keeps
/// weights from loading: it is the reason why there is no tokenizer. Tokens without a name are called <c>&lt;token 17&gt;</c>.
/// </summary>
internal static class CheckpointTokenizer
{
    private static readonly (string Name, Func<TokenizerSettings, string, byte[], TokenizerFile> Reader)[] s_readers =
    [
        ("tokenizer.json", static (_, file, content) => TokenizerJsonFile.Read(file, content)),
        ("tokenizer.model", static (settings, file, content) => SentencePieceFile.Read(file, content, settings)),
        ("spiece.model", static (settings, file, content) => SentencePieceFile.Read(file, content, settings)),
        ("vocab.json", static (settings, file, content) => VocabularyAndMergesFiles.Read(file, content, settings)),
        ("vocab.txt", static (settings, file, content) => VocabularyTextFile.Read(file, content, settings)),
    ];

    private static readonly string[] s_others =
        ["sentencepiece.bpe.model", "spm.model", "bpe.codes", "tokenizer.tiktoken", "qwen.tiktoken", "tekken.json"];

    /// <summary>Whether a folder has a tokenizer of a kind that is read here.</summary>
    public static bool IsIn(string folder) => s_readers.Any(reader => File.Exists(Path.Combine(folder, reader.Name)));

    /// <summary>Reads the tokens of a folder.</summary>
    /// <param name="folder">Where the model's files lie.</param>
    /// <param name="rows">Rows of W_E; the vocabulary has as many entries.</param>
    /// <returns>The vocabulary, and the tokenizer (ids of plain text, no begin-of-text mark put before it) or why there is none.</returns>
    public static CheckpointTokens Load(string folder, int rows)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        try
        {
            var settings = new TokenizerSettings(folder);
            foreach (var (name, reader) in s_readers)
            {
                if (TokenizerFolder.Read(folder, name) is not (string file, byte[] content))
                    continue;
                TokenizerFile read = reader(settings, file, content);
                return new(read.Tokens.ToVocabulary(file, rows), read.Tokenizer, read.NoTokenizer);
            }
        }
        catch (CheckpointException e)
        {
            return new(TokenTable.Nameless(rows), null, e.Message);
        }

        string? other = Array.Find(s_others, name => File.Exists(Path.Combine(folder, name)));
        string names = string.Join(", ", s_readers.Select(reader => reader.Name));
        return new(TokenTable.Nameless(rows), null, other is null
            ? $"{folder} has none of {names}."
            : $"{Path.Combine(folder, other)} is of a kind that is not read here, and there is none of {names}.");
    }
}

/// <summary>The tokens of a checkpoint.</summary>
/// <param name="Vocabulary">Display strings, one for each row of W_E.</param>
/// <param name="Tokenizer">The tokenizer, or null where none here would give the reference's ids.</param>
/// <param name="NoTokenizer">Why there is none, a sentence; null where there is one.</param>
internal sealed record CheckpointTokens(Vocabulary Vocabulary, Tokenizer? Tokenizer, string? NoTokenizer);
