using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace OVPipeline.Checkpoints;

/// <summary>
/// A tokenizer made of the steps that tokenizer.json names: added tokens are cut out, what lies between is normalised, split and handed
/// to the model. Ids are those of plain text; no begin-of-text mark is put before it. Values of tokens are their strings in the file, and
/// offsets are into those strings one after the other. Instances are immutable. A text that the file's patterns take too long for, or
/// that its normalizers make far longer, is a <see cref="CheckpointException"/> of every method that encodes.
/// </summary>
internal sealed class PipelineTokenizer : Tokenizer
{
    private readonly AddedTokenFinder _raw;
    private readonly AddedTokenFinder _normalized;
    private readonly string _file;

    /// <summary>A tokenizer; the content of added tokens with <see cref="AddedToken.Normalized"/> is as normalised text has it.</summary>
    public PipelineTokenizer(
        IReadOnlyList<AddedToken> added,
        IReadOnlyList<NormalizerStep> normalizers,
        IReadOnlyList<SplitStep> splits,
        ITokenModel model,
        TokenTexts texts,
        string file)
    {
        _file = file;
        Normalizers = normalizers;
        Splits = splits;
        Model = model;
        Texts = texts;
        _raw = new(added.Where(t => !t.Normalized));
        _normalized = new(added.Where(t => t.Normalized));
    }

    /// <summary>A tokenizer whose steps are written as in tokenizer.json.</summary>
    /// <exception cref="CheckpointException">A step is not known here, or an added token cannot be normalised.</exception>
    public static PipelineTokenizer Of(
        IReadOnlyList<AddedToken> added, JsonField? normalizer, JsonField? preTokenizer, ITokenModel model, TokenTexts texts, string file)
    {
        var normalizers = TextNormalizers.Parse(normalizer);
        var time = new PatternTime(file, added.Sum(t => (long)t.Content.Length));
        AddedToken[] found = [.. added.Select(t => t.Normalized ? t with { Content = Normal(t.Content) } : t)];
        return new PipelineTokenizer(found, normalizers, PreTokenizers.Parse(preTokenizer), model, texts, file);

        string Normal(string content) => TextNormalizers.Apply(normalizers, content, time);
    }

    private IReadOnlyList<NormalizerStep> Normalizers { get; }

    private IReadOnlyList<SplitStep> Splits { get; }

    private ITokenModel Model { get; }

    private TokenTexts Texts { get; }

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids) => Texts.Decode(ids);

    /// <inheritdoc/>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        int[] all = [.. ids];
        for (idsConsumed = all.Length; ; idsConsumed--)
        {
            string text = Texts.Decode(all.Take(idsConsumed));
            if (!text.TryCopyTo(destination))
                continue;
            charsWritten = text.Length;
            return idsConsumed == all.Length ? OperationStatus.Done : OperationStatus.DestinationTooSmall;
        }
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string whole = text ?? textSpan.ToString();
        List<int> ids = Encode(whole, settings);
        int count = Math.Min(ids.Count, settings.MaxTokenCount);
        var tokens = new EncodedToken[count];
        var joined = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            string value = Texts[ids[i]];
            tokens[i] = new(ids[i], value, joined.Length..(joined.Length + value.Length));
            joined.Append(value);
        }

        return new()
        {
            Tokens = tokens,
            NormalizedText = joined.ToString(),
            CharsConsumed = count == ids.Count ? whole.Length : joined.Length,
        };
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        if (settings.MaxTokenCount != int.MaxValue)
            return base.EncodeToIds(text, textSpan, settings);
        string whole = text ?? textSpan.ToString();
        return new() { Tokens = Encode(whole, settings), NormalizedText = null, CharsConsumed = whole.Length };
    }

    private List<int> Encode(string text, EncodeSettings settings)
    {
        var ids = new List<int>();
        bool first = true;
        var time = new PatternTime(_file, text.Length);
        foreach ((string part, AddedToken? token) in _raw.Cut(WithoutLoneSurrogates(text), time))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
            }
            else
            {
                string normal = settings.ConsiderNormalization ? TextNormalizers.Apply(Normalizers, part, time) : part;
                EncodePart(normal, first, settings.ConsiderPreTokenization, ids, time);
            }

            first = false;
        }

        return ids;
    }

    private void EncodePart(string part, bool first, bool split, List<int> ids, PatternTime time)
    {
        foreach ((string piece, AddedToken? token) in _normalized.Cut(part, time))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
            }
            else if (!split)
            {
                Model.Encode(piece, ids);
            }
            else
            {
                foreach (string word in Split(piece, first, time))
                    Model.Encode(word, ids);
            }

            first = false;
        }
    }

    private IEnumerable<string> Split(string piece, bool first, PatternTime time)
    {
        IEnumerable<string> words = [piece];
        foreach (SplitStep step in Splits)
            words = words.SelectMany((word, index) => step(word, first && index == 0, time));
        return words;
    }

    // The reference knows valid Unicode only.
    private static string WithoutLoneSurrogates(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')
        ? string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()))
        : text;
}
