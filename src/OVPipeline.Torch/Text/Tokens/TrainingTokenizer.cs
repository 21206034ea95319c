using System.Security.Cryptography;
using Microsoft.ML.Tokenizers;
using OVPipeline.Checkpoints;

namespace OVPipeline.Torch;

/// <summary>
/// A SentencePiece tokenizer as training uses it: text to ids, the id between documents (<c>&lt;|endoftext|&gt;</c>) and that of a line
/// break (the byte 0x0A), both found by their pieces. Thread-safe.
/// </summary>
public sealed class TrainingTokenizer
{
    /// <summary>The piece that stands between documents, and the line that does so in text files.</summary>
    public const string SeparatorPiece = "<|endoftext|>";

    private const string LineBreakPiece = "<0x0A>";

    private readonly Tokenizer _tokenizer;

    private TrainingTokenizer(string path, byte[] content)
    {
        Path = path;
        Digest = Convert.ToHexStringLower(SHA256.HashData(content));
        var pieces = SentencePieceModel.Parse(path, content).Pieces;
        Vocabulary = pieces.Count;
        Separator = IdOf(SeparatorPiece);
        LineBreak = IdOf(LineBreakPiece);
        TokenizerFile read = SentencePieceFile.Read(path, content);
        _tokenizer = read.Tokenizer ?? throw new CheckpointException(path, null, $"cannot be used to train with. {read.NoTokenizer}");

        int IdOf(string piece)
        {
            for (int id = 0; id < pieces.Count; id++)
                if (pieces[id].Text == piece)
                    return id;
            throw new CheckpointException(
                path,
                null,
                $"has no piece {piece}, which training needs: train it with byte fallback and {SeparatorPiece} as a control symbol.");
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>SHA-256 of the file, in hexadecimal.</summary>
    public string Digest { get; }

    /// <summary>Number of pieces, V.</summary>
    public int Vocabulary { get; }

    /// <summary>The id between documents.</summary>
    public int Separator { get; }

    /// <summary>The id of a line break.</summary>
    public int LineBreak { get; }

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">A SentencePiece <c>.model</c> file, or a folder with <c>tokenizer.model</c>.</param>
    /// <exception cref="CheckpointException">There is none, or it lacks a piece that training needs.</exception>
    public static TrainingTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? System.IO.Path.Combine(path, "tokenizer.model") : path;
        var opened = ReadOnlyFile.Open(file);
        var look = FirstLook.At(opened);
        return look.Kind == FileKind.Unknown
            ? new(file, opened.Read(0, (int)Math.Min(opened.Length, Array.MaxLength)))
            : throw look.Refuse(file, "a SentencePiece tokenizer");
    }

    /// <summary>The ids of a text without line breaks, as spm_encode gives them.</summary>
    public IReadOnlyList<int> Encode(string text) => _tokenizer.EncodeToIds(text);
}
