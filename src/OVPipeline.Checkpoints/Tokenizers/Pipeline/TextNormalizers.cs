using System.Text;
using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>A step that changes a text.</summary>
/// <param name="text">A text.</param>
/// <param name="time">How long patterns may search.</param>
internal delegate string NormalizerStep(string text, PatternTime time);

/// <summary>The normalizers of tokenizer.json.</summary>
internal static class TextNormalizers
{
    /// <summary>Longest text that a step may put in place of another: with it, no file makes text grow without bound.</summary>
    private const int LongestContent = 64;

    // Known tokenizers have up to a dozen.
    private const int MostSteps = 256;

    /// <summary>The steps of the member <c>normalizer</c>, in order.</summary>
    /// <exception cref="CheckpointException">A step is of a kind not known here, or its settings are wrong.</exception>
    public static IReadOnlyList<NormalizerStep> Parse(JsonField? field) => field is { } step ? Few(step, Steps(step)) : [];

    /// <summary>A text after all steps.</summary>
    /// <exception cref="CheckpointException">
    /// The steps make it more than 64 times as long, which none of a real tokenizer do, or their patterns take too long.
    /// </exception>
    public static string Apply(IReadOnlyList<NormalizerStep> steps, string text, PatternTime time)
    {
        // 64 is LongestContent, which a step may put in for a character; 65,536 lets short text pass several such steps.
        long longest = 65536 + (LongestContent * (long)text.Length);
        foreach (var step in steps)
        {
            text = step(text, time);
            if (text.Length > longest)
                throw time.Wrong($"the tokenizer's normalizers make text of {text.Length} characters, more than {longest}");
        }

        return text;
    }

    /// <summary>Steps, unless there are more than anybody needs.</summary>
    /// <exception cref="CheckpointException">There are.</exception>
    public static IReadOnlyList<T> Few<T>(JsonField field, IEnumerable<T> steps)
    {
        T[] some = [.. steps.Take(MostSteps + 1)];
        return some.Length <= MostSteps ? some : throw field.Wrong($"has more than {MostSteps} steps");
    }

    /// <summary>A step that no pattern is in.</summary>
    public static NormalizerStep Plain(Func<string, string> step) => (text, _) => step(text);

    private static IEnumerable<NormalizerStep> Steps(JsonField field) => field.Get("type").Text() switch
    {
        "Sequence" => field.Get("normalizers").Items().SelectMany(Steps),
        "Replace" => [Replace(field)],
        _ => PlainSteps(field).Select(Plain),
    };

    // Those without a pattern.
    private static IEnumerable<Func<string, string>> PlainSteps(JsonField field)
    {
        JsonField type = field.Get("type");
        return type.Text() switch
        {
            "NFC" => [UnicodeForm.C],
            "NFD" => [UnicodeForm.D],
            "NFKC" => [UnicodeForm.KC],
            "NFKD" => [UnicodeForm.KD],
            "Nmt" => [Nmt],
            "Lowercase" => [Lower],
            "StripAccents" => [static text => Without(text, UnicodeTable.Marks)],
            "BertNormalizer" => Bert(field),
            "ByteLevel" => [ByteAlphabet.Encode],
            "Prepend" => [Prepend(field.Get("prepend"))],
            "Strip" => [Strip(field.Flag("strip_left", true), field.Flag("strip_right", true))],
            string other => throw type.Wrong($"is '{other}', a normalizer that is not known here"),
        };
    }

    /// <summary>Each character in lower case, by itself: no sigma is final, and U+0130 is <c>i</c> with a dot above.</summary>
    public static string Lower(string text) => Map(text, static (rune, to) =>
    {
        if (rune.Value == 0x130)
            to.Append("i\u0307");
        else
            to.Append(Rune.ToLowerInvariant(rune).ToString());
    });

    private static IEnumerable<Func<string, string>> Bert(JsonField field)
    {
        bool lowercase = field.Flag("lowercase", true);
        if (field.Flag("clean_text", true))
            yield return static text => Map(text, static (rune, to) =>
            {
                if (!UnicodeSets.IsUnclean(rune))
                    to.Append(Rune.IsWhiteSpace(rune) ? " " : rune.ToString());
            });
        if (field.Flag("handle_chinese_chars", true))
            yield return static text => Map(text, static (rune, to) =>
                to.Append(UnicodeSets.IsChinese(rune) ? $" {rune} " : rune.ToString()));
        if (field.Flag("strip_accents", lowercase))
            yield return static text => Without(UnicodeForm.D(text), UnicodeTable.Nonspacing);
        if (lowercase)
            yield return Lower;
    }

    private static string Without(string text, HashSet<int> left) => Map(text, (rune, to) =>
    {
        if (!left.Contains(rune.Value))
            to.Append(rune.ToString());
    });

    // SentencePiece's rules of that name (nmt_nfkc), as the reference writes them out.
    private static string Nmt(string text) => Map(text, static (rune, to) =>
    {
        switch (rune.Value)
        {
            case (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F:
                break;
            case 9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD:
                to.Append(' ');
                break;
            default:
                to.Append(rune.ToString());
                break;
        }
    });

    private static string Map(string text, Action<Rune, StringBuilder> map)
    {
        var mapped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            map(rune, mapped);
        return mapped.ToString();
    }

    private static Func<string, string> Prepend(JsonField field)
    {
        string prepend = Bounded(field);
        return text => text.Length == 0 ? text : prepend + text;
    }

    private static Func<string, string> Strip(bool left, bool right) => (left, right) switch
    {
        (true, true) => static text => text.Trim(),
        (true, false) => static text => text.TrimStart(),
        (false, true) => static text => text.TrimEnd(),
        _ => static text => text,
    };

    private static NormalizerStep Replace(JsonField field)
    {
        string content = Bounded(field.Get("content"));
        if (field.Get("pattern").Find("String")?.Text() is { Length: > 0 and <= PreTokenizers.LongestPattern } literal)
            return (text, _) => text.Replace(literal, content, StringComparison.Ordinal);
        Regex pattern = PreTokenizers.Pattern(field.Get("pattern"));
        return (text, time) => text.Length == 0 ? text : Replace(text, pattern, content, time);
    }

    private static string Bounded(JsonField field) => field.Text() is { Length: <= LongestContent } content
        ? content
        : throw field.Wrong($"has {field.Text().Length} characters, more than the {LongestContent} that are put into text here");

    private static string Replace(string text, Regex pattern, string content, PatternTime time)
    {
        var replaced = new StringBuilder(text.Length);
        int done = 0;
        foreach (var (start, end) in new PatternMatches(pattern, text, time))
        {
            replaced.Append(text, done, start - done).Append(content);
            done = end;
        }

        return done == 0 && replaced.Length == 0 ? text : replaced.Append(text, done, text.Length - done).ToString();
    }
}
