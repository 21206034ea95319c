using Microsoft.ML.Tokenizers;
using OVPipeline.Checkpoints;

namespace OVPipeline.Torch;

/// <summary>
/// How text becomes a model's token ids: each paragraph encoded on its own with a line break after it, a separator after each document.
/// Thread-safe.
/// </summary>
public sealed class TextEncoding
{
    // Paragraphs that a thread encodes at once: one alone is too little work to hand over.
    private const int UnitsAtATime = 64;

    private static readonly string[] s_separators = ["<|endoftext|>", "<|begin_of_text|>", "<s>", "<bos>"];
    private static readonly string[] s_lineBreaks = [@"\n", "<0x0A>"]; // as vocabularies show it: a character, a byte of SentencePiece's
    private readonly Func<string, IReadOnlyList<int>> _encode;

    private TextEncoding(Func<string, IReadOnlyList<int>> encode, int separator, int lineBreak)
    {
        _encode = encode;
        Separator = separator;
        LineBreak = lineBreak;
    }

    /// <summary>The id between documents, with which every sequence starts.</summary>
    public int Separator { get; }

    /// <summary>The id of a line break.</summary>
    public int LineBreak { get; }

    /// <summary>The encoding of a model that was loaded with its tokenizer; separator and line break are found among its tokens.</summary>
    /// <exception cref="ArgumentException">The model has no tokenizer, or no token of either kind.</exception>
    public static TextEncoding Of(TransformerCheckpoint model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (encoding, missing) = Find(model);
        return encoding ?? throw new ArgumentException($"{model.Weights.Config.Name} has no {missing}.", nameof(model));
    }

    /// <summary>Why a model's text cannot be encoded, a clause; null where it can.</summary>
    /// <param name="model">The model.</param>
    public static string? WhyNone(TransformerCheckpoint model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (encoding, missing) = Find(model);
        return encoding is null ? $"{model.Weights.Config.Name} has no {missing}" : null;
    }

    /// <summary>The encoding that training uses.</summary>
    public static TextEncoding Of(TrainingTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new(tokenizer.Encode, tokenizer.Separator, tokenizer.LineBreak);
    }

    /// <summary>The ids of a text without line breaks.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _encode(text);
    }

    /// <summary>The ids of text files, in order.</summary>
    /// <param name="text">The files.</param>
    /// <param name="cancellationToken">Checked between paragraphs.</param>
    /// <exception cref="IOException">They cannot be read, or are not UTF-8.</exception>
    public int[] EncodeAll(TextSource text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return
        [
            .. text.Files()
                .SelectMany(file => TextUnits.Of(file, text))
                .Chunk(UnitsAtATime)
                .AsParallel()
                .AsOrdered()
                .WithCancellation(cancellationToken)
                .Select(units => units.SelectMany(unit => unit is null ? [Separator] : _encode(unit).Append(LineBreak)).ToArray())
                .AsSequential()
                .SelectMany(ids => ids),
        ];
    }

    /// <summary>As <see cref="Of(TransformerCheckpoint)"/>, or null.</summary>
    internal static TextEncoding? TryOf(TransformerCheckpoint model) => Find(model).Encoding;

    internal static int? SeparatorOf(TransformerCheckpoint model) =>
        s_separators.Select(model.Vocabulary.IdOf).Cast<int?>().FirstOrDefault(id => id >= 0);

    private static (TextEncoding? Encoding, string Missing) Find(TransformerCheckpoint model)
    {
        if (model.Tokenizer is not { } tokenizer)
            return (null, $"tokenizer: {model.NoTokenizer?.TrimEnd('.')}");
        if (SeparatorOf(model) is not { } separator)
            return (null, $"token that separates documents: none of {string.Join(", ", s_separators)}");
        int lineBreak = s_lineBreaks.Select(model.Vocabulary.IdOf).FirstOrDefault(id => id >= 0, -1);
        return lineBreak < 0 ? (null, "token for a line break") : (new(text => tokenizer.EncodeToIds(text), separator, lineBreak), "");
    }
}
