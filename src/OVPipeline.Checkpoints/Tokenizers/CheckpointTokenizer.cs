using Microsoft.ML.Tokenizers;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The tokens of a model folder. The first of these is used: <c>tokenizer.json</c>; <c>tokenizer.model</c>, <c>spiece.model</c> (SentencePiece);
/// <c>vocab.json</c> with <c>merges.txt</c>. In a folder with none of them tokens are named <c>&lt;token 17&gt;</c> and there is no tokenizer.
/// </summary>
internal static class CheckpointTokenizer
{
    private const long LargestFile = 512L << 20;

    /// <summary>The names of files that <see cref="Load"/> looks for.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
        ["tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json"];

    /// <summary>Reads the tokens of a folder.</summary>
    /// <param name="folder">Where the model's files lie.</param>
    /// <param name="rows">Rows of W_E; the vocabulary has as many entries.</param>
    /// <returns>
    /// The vocabulary, and the tokenizer: ids of plain text, with no begin-of-text mark put before it. It is null where there is none, or
    /// where none at hand would give the reference's ids.
    /// </returns>
    /// <exception cref="CheckpointException">A tokenizer file cannot be read, or has tokens beyond the rows.</exception>
    public static (Vocabulary Vocabulary, Tokenizer? Tokenizer) Load(string folder, int rows)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        if (Read(folder, "tokenizer.json") is (string json, byte[] content))
        {
            (TokenTable tokens, Tokenizer? tokenizer) = TokenizerJsonFile.Read(json, content);
            return (tokens.ToVocabulary(json, rows), tokenizer);
        }

        if ((Read(folder, "tokenizer.model") ?? Read(folder, "spiece.model")) is (string model, byte[] pieces))
        {
            (TokenTable tokens, Tokenizer? tokenizer) = SentencePieceFile.Read(model, pieces);
            foreach (AddedToken token in Added(folder).Tokens)
                tokens.Set(token.Id, TokenDisplay.OfText(token.Content), added: true);
            return (tokens.ToVocabulary(model, rows), tokenizer);
        }

        if (Read(folder, "vocab.json") is (string vocabulary, byte[] entries))
        {
            (TokenTable tokens, Tokenizer? tokenizer) = VocabularyAndMergesFiles.Read(
                vocabulary, entries, Path.Combine(folder, "merges.txt"), Read(folder, "merges.txt")?.Content, Added(folder));
            return (tokens.ToVocabulary(vocabulary, rows), tokenizer);
        }

        return (TokenTable.Nameless(rows), null);
    }

    private static AddedTokenFiles Added(string folder) => new(Read(folder, "added_tokens.json"), Read(folder, "tokenizer_config.json"));

    private static (string File, byte[] Content)? Read(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        if (!File.Exists(file))
            return null;
        try
        {
            long length = new FileInfo(file).Length;
            return length <= LargestFile
                ? (file, File.ReadAllBytes(file))
                : throw new CheckpointException(file, null, $"has {length} bytes; no tokenizer has more than {LargestFile}.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not CheckpointException))
        {
            throw new CheckpointException(file, null, $"cannot be read: {e.Message}", e);
        }
    }
}
