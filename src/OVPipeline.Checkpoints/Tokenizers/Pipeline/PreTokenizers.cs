using System.Text;
using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>A step that splits a piece of text.</summary>
/// <param name="piece">A piece, not empty.</param>
/// <param name="first">Whether the whole text begins with it.</param>
/// <param name="time">How long patterns may search.</param>
internal delegate IEnumerable<string> SplitStep(string piece, bool first, PatternTime time);

/// <summary>The pre-tokenizers of tokenizer.json.</summary>
internal static partial class PreTokenizers
{
    /// <summary>
    /// Characters of a pattern. The longest pattern of a known tokenizer has 700; in .NET's syntax a \w takes 80 and a \b 330.
    /// </summary>
    public const int LongestPattern = 8192;
    private const int LongestTranslation = 65536;

    // Each makes two characters of one.
    private const int MostAlphabets = 4;
    private static readonly SplitStep s_alphabet = static (piece, _, _) => [ByteAlphabet.Encode(piece)];

    /// <summary>The steps of the member <c>pre_tokenizer</c>, in order.</summary>
    /// <exception cref="CheckpointException">A step is of a kind not known here, or its settings are wrong.</exception>
    public static IReadOnlyList<SplitStep> Parse(JsonField? field)
    {
        if (field is not { } step)
            return [];
        var steps = TextNormalizers.Few(step, Steps(step));
        int alphabets = steps.Count(one => one == s_alphabet);
        return alphabets <= MostAlphabets ? steps : throw step.Wrong($"has {alphabets} byte alphabets in a row, which none needs");
    }

    /// <summary>GPT-2's words, then the byte alphabet.</summary>
    public static IEnumerable<SplitStep> ByteLevel(bool addPrefixSpace, bool splitWords)
    {
        if (addPrefixSpace)
            yield return static (piece, _, _) => [piece[0] == ' ' ? piece : " " + piece];
        if (splitWords)
            yield return static (piece, _, time) => TextSplitter.Split(piece, Gpt2Words(), SplitBehavior.Isolated, false, time);
        yield return s_alphabet;
    }

    private static IEnumerable<SplitStep> Steps(JsonField field)
    {
        JsonField type = field.Get("type");
        return type.Text() switch
        {
            "Sequence" => field.Get("pretokenizers").Items().SelectMany(Steps),
            "ByteLevel" => ByteLevel(field.Flag("add_prefix_space", true), field.Flag("use_regex", true)),
            "Split" => [By(Pattern(field.Get("pattern")), Behavior(field), field.Flag("invert", false))],
            "Digits" => [By(Digit(), field.Flag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous, false)],
            "Punctuation" => [By(UnicodeSets.IsPunctuation, Behavior(field))],
            "BertPreTokenizer" => [By(Rune.IsWhiteSpace, SplitBehavior.Removed), By(UnicodeSets.IsPunctuation, SplitBehavior.Isolated)],
            "Whitespace" => [static (piece, _, _) => TextSplitter.Words(piece)],
            "WhitespaceSplit" => [By(Rune.IsWhiteSpace, SplitBehavior.Removed)],
            "CharDelimiterSplit" => [Delimiter(field.Get("delimiter"))],
            "Metaspace" => Metaspace(field),
            string other => throw type.Wrong($"is '{other}', a pre-tokenizer that is not known here"),
        };
    }

    private static SplitStep By(Regex pattern, SplitBehavior behavior, bool invert) =>
        (piece, _, time) => TextSplitter.Split(piece, pattern, behavior, invert, time);

    private static SplitStep By(Func<Rune, bool> isMatch, SplitBehavior behavior) =>
        (piece, _, _) => TextSplitter.Split(piece, isMatch, behavior);

    private static SplitStep Delimiter(JsonField field)
    {
        string delimiter = field.Text();
        return Rune.TryGetRuneAt(delimiter + " ", 0, out Rune rune) && rune.Utf16SequenceLength == delimiter.Length
            ? By(other => other == rune, SplitBehavior.Removed)
            : throw field.Wrong("must be one character");
    }

    private static IEnumerable<SplitStep> Metaspace(JsonField field)
    {
        string replacement = field.Find("replacement")?.Text() ?? "\u2581";
        string scheme = Prefix(field);
        if (scheme is not ("always" or "never" or "first") || replacement.Length != 1)
            throw field.Wrong($"is a Metaspace with replacement '{replacement}' and scheme '{scheme}', which are not known here");
        yield return (piece, first, _) =>
        {
            string replaced = piece.Replace(" ", replacement, StringComparison.Ordinal);
            bool prepend = scheme == "always" || (scheme == "first" && first);
            return [prepend && !replaced.StartsWith(replacement, StringComparison.Ordinal) ? replacement + replaced : replaced];
        };
        if (field.Flag("split", true))
            yield return By(rune => rune.Value == replacement[0], SplitBehavior.MergedWithNext);
    }

    /// <summary>Where a Metaspace puts a sign before the text: always, first or never; older files say it by a flag.</summary>
    public static string Prefix(JsonField field) =>
        field.Find("prepend_scheme")?.Text() ?? (field.Flag("add_prefix_space", true) ? "always" : "never");

    /// <summary>A pattern as <c>{"Regex": "..."}</c> or <c>{"String": "..."}</c>.</summary>
    /// <exception cref="CheckpointException">.NET's syntax does not have it.</exception>
    public static Regex Pattern(JsonField field)
    {
        JsonField source = field.Find("String") ?? field.Get("Regex");
        try
        {
            string text = Bounded(source, source.Text(), LongestPattern);
            string pattern = field.Find("String") is null
                ? OnigurumaPattern.Translate(text)
                : Regex.Escape(OnigurumaPattern.WithoutPairs(text));
            return new Regex(Bounded(source, pattern, LongestTranslation), RegexOptions.CultureInvariant | RegexOptions.Multiline,
                PatternTime.LongestSearch);
        }
        catch (ArgumentException e) // RegexParseException is one
        {
            throw new CheckpointException(source.File, source.Path, $"is a pattern that is not known here: {e.Message}", e);
        }
    }

    private static string Bounded(JsonField source, string pattern, int longest) => pattern.Length <= longest
        ? pattern
        : throw source.Wrong($"is a pattern of {pattern.Length} characters, more than the {longest} of the longest that is used here");

    private static SplitBehavior Behavior(JsonField field)
    {
        if (field.Find("behavior") is not { } behavior)
            return SplitBehavior.Isolated;
        return Enum.TryParse(behavior.Text(), out SplitBehavior value) && !char.IsAsciiDigit(behavior.Text()[0])
            ? value
            : throw behavior.Wrong("is no way to split that is known");
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Words();

    [GeneratedRegex(@"\p{N}")]
    private static partial Regex Digit();
}
