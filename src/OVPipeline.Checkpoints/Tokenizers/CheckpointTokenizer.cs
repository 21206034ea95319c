using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The tokens of a model folder. The first of these is used: <c>tokenizer.json</c>; <c>tokenizer.model</c>, <c>spiece.model</c> (SentencePiece);
/// <c>vocab.json</c> with <c>merges.txt</c>; <c>vocab.txt</c>. What is wrong with it, or not known here, never keeps weights from loading: it
/// is the reason why there is no tokenizer. Tokens without a name are called <c>&lt;token 17&gt;</c>.
/// </summary>
internal static class CheckpointTokenizer
{
    private const long LargestFile = 512L << 20;
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
                if (Read(folder, name) is not (string file, byte[] content))
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

    /// <summary>A file of the folder, or null where it is not there.</summary>
    /// <exception cref="CheckpointException">It cannot be read, or is no tokenizer's file at all.</exception>
    public static (string File, byte[] Content)? Read(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        if (!File.Exists(file))
            return null;
        try
        {
            long length = new FileInfo(file).Length;
            if (length > LargestFile)
                throw new CheckpointException(file, null, $"has {length} bytes; no tokenizer has more than {LargestFile}.");
            byte[] content = File.ReadAllBytes(file);
            if (content.AsSpan().StartsWith("version https://git-lfs.github.com/spec/"u8))
                throw new CheckpointException(file, null, "is a Git LFS pointer, not the file itself: run git lfs pull.");
            if (content.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'<', (byte)'!' or (byte)'h' or (byte)'H', ..] && name != "vocab.txt")
                throw new CheckpointException(file, null, "is an HTML page.");
            return (file, content);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not CheckpointException))
        {
            throw new CheckpointException(file, null, $"cannot be read: {e.Message}", e);
        }
    }
}
