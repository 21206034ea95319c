using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>A step that splits a piece of text.</summary>
/// <param name="piece">A piece, not empty.</param>
/// <param name="first">Whether the whole text begins with it.</param>
internal delegate IEnumerable<string> SplitStep(string piece, bool first);

/// <summary>The pre-tokenizers of tokenizer.json.</summary>
internal static partial class PreTokenizers
{
    /// <summary>The steps of the member <c>pre_tokenizer</c>, in order, or null where one is of a kind not known here.</summary>
    /// <exception cref="CheckpointException">A step's settings are wrong.</exception>
    public static IReadOnlyList<SplitStep>? Parse(JsonField? field)
    {
        var steps = new List<SplitStep>();
        return field is null || TryAdd(field.Value, steps) ? steps : null;
    }

    /// <summary>GPT-2's words, then the byte alphabet.</summary>
    public static IEnumerable<SplitStep> ByteLevel(bool addPrefixSpace, bool splitWords)
    {
        if (addPrefixSpace)
            yield return static (piece, _) => [piece[0] == ' ' ? piece : " " + piece];
        if (splitWords)
            yield return static (piece, _) => Splitter.Split(piece, Gpt2Words(), SplitBehavior.Isolated, invert: false);
        yield return static (piece, _) => [ByteAlphabet.Encode(piece)];
    }

    private static bool TryAdd(JsonField field, List<SplitStep> steps)
    {
        switch (field.Get("type").Text())
        {
            case "Sequence":
                return field.Get("pretokenizers").Items().All(step => TryAdd(step, steps));
            case "ByteLevel":
                steps.AddRange(ByteLevel(field.Flag("add_prefix_space", true), field.Flag("use_regex", true)));
                return true;
            case "Split":
                return TryAddSplit(field, steps);
            case "Digits":
                return AddPattern(steps, Digit(), field.Flag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous, false);
            case "Punctuation":
                return AddPattern(steps, PunctuationMark(), Behavior(field, SplitBehavior.Isolated), false);
            case "Whitespace":
                return AddPattern(steps, WordOrMarks(), SplitBehavior.Removed, true);
            case "WhitespaceSplit":
                return AddPattern(steps, WhiteSpace(), SplitBehavior.Removed, false);
            case "Metaspace":
                return TryAddMetaspace(field, steps);
            default:
                return false;
        }
    }

    private static bool TryAddSplit(JsonField field, List<SplitStep> steps) =>
        Pattern(field.Get("pattern")) is { } pattern
        && AddPattern(steps, pattern, Behavior(field, SplitBehavior.Isolated), field.Flag("invert", false));

    private static bool AddPattern(List<SplitStep> steps, Regex pattern, SplitBehavior behavior, bool invert)
    {
        steps.Add((piece, _) => Splitter.Split(piece, pattern, behavior, invert));
        return true;
    }

    private static bool TryAddMetaspace(JsonField field, List<SplitStep> steps)
    {
        string replacement = field.Find("replacement")?.Text() ?? "\u2581";
        string scheme = Prefix(field);
        if (scheme is not ("always" or "never" or "first") || replacement.Length != 1)
            return false;
        steps.Add((piece, first) =>
        {
            string replaced = piece.Replace(" ", replacement, StringComparison.Ordinal);
            bool prepend = scheme == "always" || (scheme == "first" && first);
            return [prepend && !replaced.StartsWith(replacement, StringComparison.Ordinal) ? replacement + replaced : replaced];
        });
        return !field.Flag("split", true)
            || AddPattern(steps, new Regex(Regex.Escape(replacement), RegexOptions.CultureInvariant, Splitter.Patience), SplitBehavior.MergedWithNext, false);
    }

    /// <summary>Where a Metaspace puts a sign before the text: always, first or never; older files say it by a flag.</summary>
    public static string Prefix(JsonField field) =>
        field.Find("prepend_scheme")?.Text() ?? (field.Flag("add_prefix_space", true) ? "always" : "never");

    /// <summary>A pattern as <c>{"Regex": "..."}</c> or <c>{"String": "..."}</c>; null where .NET's syntax does not have it.</summary>
    public static Regex? Pattern(JsonField field)
    {
        string? pattern = field.Find("String") is { } literal ? Regex.Escape(literal.Text()) : OnigurumaPattern.Translate(field.Get("Regex").Text());
        try
        {
            return pattern is null ? null : new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Multiline, Splitter.Patience);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static SplitBehavior Behavior(JsonField field, SplitBehavior otherwise) => field.Find("behavior") is not { } behavior
        ? otherwise
        : Enum.TryParse(behavior.Text(), out SplitBehavior value) && !char.IsAsciiDigit(behavior.Text()[0])
            ? value
            : throw behavior.Wrong("is no way to split that is known");

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Words();

    [GeneratedRegex(@"\p{N}")]
    private static partial Regex Digit();

    [GeneratedRegex(@"[\p{P}!-/:-@\[-`{-~]")]
    private static partial Regex PunctuationMark();

    [GeneratedRegex(@"\w+|[^\w\s]+")]
    private static partial Regex WordOrMarks();

    [GeneratedRegex(@"\s")]
    private static partial Regex WhiteSpace();
}
