using System.CommandLine;
using System.Globalization;
using OVPipeline.Torch;

namespace OVPipeline.Samples;

/// <summary>The options that say what text to train on, and with which tokenizer.</summary>
internal static class TextOptions
{
    public static readonly Option<string[]> Text = Several("--text", "Text to train on: a file (.txt, .gz, .tokens), a folder or a pattern, with :WEIGHT after it for its share of the sequences. Paragraphs end with a blank line, documents with a line <|endoftext|>.");
    public static readonly Option<string[]> Lines = Several("--lines", "The same for text whose line breaks matter: manual pages, source code. Every line is encoded on its own.");
    public static readonly Option<string?> Tokenizer = new("--tokenizer") { Description = "A SentencePiece tokenizer.model, or a folder that holds one. Default: that of the model." };
    public static readonly Option<int?> LongestDocument = new("--longest-document") { Description = "Characters after which documents of --lines are cut off." };
    public static readonly Option<int> Threads = new("--threads") { Description = "Threads; -1 for one a core.", DefaultValueFactory = _ => -1 };

    public static void AddTo(Command command)
    {
        foreach (var option in new Option[] { Text, Lines, Tokenizer, LongestDocument, Threads })
            command.Options.Add(option);
    }

    public static IReadOnlyList<TextSource> Sources(ParseResult parsed)
    {
        TextSource[] sources =
        [
            .. (parsed.GetValue(Text) ?? []).Select(text => Source(text, false)),
            .. (parsed.GetValue(Lines) ?? []).Select(text => Source(text, true) with { LongestDocument = parsed.GetValue(LongestDocument) }),
        ];
        return sources.Length > 0 ? sources : throw new ArgumentException("Name the text to train on with --text or --lines.");
    }

    public static TextSource Source(string text, bool lines)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
            ? new(text[..colon], weight is > 0 and < double.PositiveInfinity ? weight : throw new ArgumentException($"The weight in '{text}' must be positive."), lines)
            : new(text, 1, lines);
    }

    private static Option<string[]> Several(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true };
}
