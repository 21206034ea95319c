using Microsoft.ML.Tokenizers;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The tokens of a model folder. The first of these files is used: <c>tokenizer.model</c>, <c>spiece.model</c> (SentencePiece). In a folder with
/// none of them tokens are named <c>&lt;token 17&gt;</c> and there is no tokenizer.
/// </summary>
internal static class CheckpointTokenizer
{
    private const long LargestFile = 512L << 20;
    private static readonly string[] SentencePieceNames = ["tokenizer.model", "spiece.model"];

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
        foreach (string name in SentencePieceNames)
        {
            string file = Path.Combine(folder, name);
            if (!File.Exists(file))
                continue;
            (TokenTable tokens, Tokenizer? tokenizer) = SentencePieceFile.Read(file, ReadAll(file));
            return (tokens.ToVocabulary(file, rows), tokenizer);
        }

        return (TokenTable.Nameless(rows), null);
    }

    private static byte[] ReadAll(string file)
    {
        try
        {
            long length = new FileInfo(file).Length;
            return length <= LargestFile
                ? File.ReadAllBytes(file)
                : throw new CheckpointException(file, null, $"has {length} bytes; no tokenizer has more than {LargestFile}.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not CheckpointException))
        {
            throw new CheckpointException(file, null, $"cannot be read: {e.Message}", e);
        }
    }
}
