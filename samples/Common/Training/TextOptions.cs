using System.CommandLine;
using System.Globalization;
using OVPipeline.Torch;

namespace OVPipeline.Samples;

/// <summary>The options that say what text to train on, and with which tokenizer.</summary>
internal static class TextOptions
{
    public static readonly Option<string[]> Text = Several(
        "--text",
        "Text to train on: a file (.txt, .gz, .tokens), a folder or a pattern, with :WEIGHT after it for its share of the sequences. "
        + "Paragraphs end with a blank line, documents with a line <|endoftext|>.");
    public static readonly Option<string[]> Lines = Several(
        "--lines", "The same for text whose line breaks matter: manual pages, source code. Every line is encoded on its own.");
    public static readonly Option<string?> Tokenizer = CommandOption.Of<string?>(
        "--tokenizer", "A SentencePiece tokenizer.model, or a folder that holds one. Default: that of the model.", "FILE");
    public static readonly Option<int?> LongestDocument = CommandOption.Of<int?>(
        "--longest-document", "Characters after which documents of --lines are cut off.");
    public static readonly Option<int> Threads = CommandOption.Of("--threads", "Threads; -1 for one a core.", -1);

    public static void AddTo(SampleCommand command, params IReadOnlyList<Option> further) =>
        command.AddGroup("The text", [Text, Lines, .. further, Tokenizer, LongestDocument, Threads]);

    public static IReadOnlyList<TextSource> Sources(ParseResult parsed)
    {
        int? longest = parsed.GetValue(LongestDocument);
        TextSource[] sources =
        [
            .. (parsed.GetValue(Text) ?? []).Select(text => Source(text, false)),
            .. (parsed.GetValue(Lines) ?? []).Select(text => Source(text, true) with { LongestDocument = longest }),
        ];
        return sources.Length > 0 ? sources : throw new ArgumentException("Name the text to train on with --text or --lines.");
    }

    public static TextSource Source(string text, bool lines)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double weight))
            return new(text, 1, lines); // a colon may be part of a name
        if (weight is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentException($"The weight in '{text}' must be positive.");
        return new(text[..colon], weight, lines);
    }

    private static Option<string[]> Several(string name, string description) =>
        new(name) { Description = description, HelpName = "FILE...", AllowMultipleArgumentsPerToken = true };
}
